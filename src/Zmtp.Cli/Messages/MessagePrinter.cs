using System.Buffers;
using System.CommandLine;
using System.Text;
using Zmtp.Cli.Consoles;
using Zmtp.Cli.Json;
using Zmtp.Mechanisms;

namespace Zmtp.Cli.Messages;

/// <summary>Writes messages to standard output, each at once.</summary>
internal sealed class MessagePrinter
{
    /// <summary>What a pipe of Linux holds. A line of less is written in one go.</summary>
    private const int MostAtOnce = 64 * 1024;

    private readonly IConsole _console;
    private readonly bool _isHex;
    private readonly bool _isRaw;
    private readonly bool _isJson;
    private readonly byte[] _delimiter;
    private readonly ArrayBufferWriter<byte> _output = new();

    /// <exception cref="CliException">The options contradict each other.</exception>
    public MessagePrinter(OutputOptions options, ParseResult parsed, IConsole console)
    {
        _console = console;
        _isHex = parsed.GetValue(options.Hex);
        _isRaw = parsed.GetValue(options.Raw);
        _isJson = parsed.GetValue(options.Json);
        if (_isRaw && (_isHex || _isJson)) throw CliException.Usage("--raw shows octets as they are; it does not go with --hex or --json.");
        var delimiter = parsed.GetValue(options.Delimiter);
        if (_isJson && delimiter is not null && !options.IsShared)
        {
            throw CliException.Usage($"{options.Delimiter.Name} does not go with --json, in which the frames stand by themselves.");
        }

        _delimiter = Delimiters.Read(delimiter ?? (_isRaw ? "" : "\t"));
    }

    /// <summary>Writes a message. It stays the caller's.</summary>
    /// <param name="message">The message.</param>
    /// <param name="interrupt">Gives up after a moment in which nobody reads the output; what is being written then is left behind.</param>
    public async Task PrintAsync(Message message, CancellationToken interrupt)
    {
        try
        {
            if (await WriteAsync(message, interrupt)) return;
        }
        catch (CliException error)
        {
            throw new CliException(error.Code, $"{error.Message} The last message was received and not shown.", error);
        }

        throw new CliException(ExitCode.Interrupted, "Interrupted. The last message was received, and may not have been shown.");
    }

    /// <returns>Whether all of it was written; false when a write is left behind, which has nothing of the message but its copy.</returns>
    private async Task<bool> WriteAsync(Message message, CancellationToken interrupt)
    {
        var json = !_isJson ? null : _isHex ? JsonOctets.Hex : JsonOctets.Of(Enumerable.Range(0, message.FrameCount).Select(frame => message[frame]));
        if (json is not null) _output.Write("{\"frames\":["u8);
        for (var frame = 0; frame < message.FrameCount; frame++)
        {
            if (frame > 0) _output.Write(json is null ? _delimiter : ","u8);
            if (json is not null) _output.Write("\""u8);
            var rest = message[frame];
            do
            {
                var length = Piece.LengthOf(rest.Span);
                WritePiece(rest.Span[..length], json);
                rest = rest[length..];
                if (_output.WrittenCount >= MostAtOnce && !await LastWrite.EndsAsync(WriteOutAsync(), _console.Time, interrupt)) return false;
            }
            while (!rest.IsEmpty);
            if (json is not null) _output.Write("\""u8);
        }

        if (json is not null) _output.Write(Encoding.UTF8.GetBytes($"],{ToJson(message, json.Encoding)[1..]}\n"));
        else if (!_isRaw) _output.Write("\n"u8);
        return await LastWrite.EndsAsync(WriteOutAsync(), _console.Time, interrupt);
    }

    private void WritePiece(ReadOnlySpan<byte> piece, JsonOctets? json)
    {
        if (json is not null) json.Write(piece, _output);
        else if (_isRaw) _output.Write(piece);
        else if (_isHex) Printable.WriteHex(piece, _output);
        else Printable.WriteFrame(piece, _output);
    }

    private async Task WriteOutAsync()
    {
        await _console.Out.WriteAsync(_output.WrittenMemory, CancellationToken.None);
        await _console.Out.FlushAsync(CancellationToken.None);
        _output.ResetWrittenCount();
    }

    private static string ToJson(Message message, string encoding)
    {
        var peer = message.Peer;
        var line = new MessageJson(
            encoding,
            NullIfEmpty(peer?.Address),
            NullIfEmpty(peer?.Mechanism),
            NullIfEmpty(message.UserId),
            peer is { PublicKey.Length: CurvePublicKey.Size } ? new CurvePublicKey(peer.PublicKey.Span).ToString() : null);
        return CliJson.Line(line, CliJson.Plain.MessageJson);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
