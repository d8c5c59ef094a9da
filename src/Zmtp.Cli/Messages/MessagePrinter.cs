using System.CommandLine;
using System.Text;
using Zmtp.Cli.Consoles;
using Zmtp.Cli.Json;
using Zmtp.Mechanisms;

namespace Zmtp.Cli.Messages;

/// <summary>Writes messages to standard output, each at once.</summary>
internal sealed class MessagePrinter
{
    private readonly IConsole _console;
    private readonly bool _isHex;
    private readonly bool _isRaw;
    private readonly bool _isJson;
    private readonly byte[] _delimiter;

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
    /// <param name="interrupt">Gives up after a moment while nobody reads the output; what is being written then is left behind.</param>
    public async Task PrintAsync(Message message, CancellationToken interrupt)
    {
        try
        {
            var writing = WriteAsync(_isJson ? ToJson(message) : ToText(message));
            if (await LastWrite.EndsAsync(writing, _console.Time, interrupt)) return;
        }
        catch (CliException error)
        {
            throw new CliException(error.Code, $"{error.Message} The last message was received and not shown.", error);
        }

        throw new CliException(ExitCode.Interrupted, "Interrupted. The last message was received, and may not have been shown.");
    }

    private async Task WriteAsync(byte[] octets)
    {
        await _console.Out.WriteAsync(octets, CancellationToken.None);
        await _console.Out.FlushAsync(CancellationToken.None);
    }

    private byte[] ToText(Message message)
    {
        var output = new MemoryStream();
        for (var frame = 0; frame < message.FrameCount; frame++)
        {
            if (frame > 0) output.Write(_delimiter);
            output.Write(ToText(message[frame].Span));
        }

        if (!_isRaw) output.WriteByte((byte)'\n');
        return output.ToArray();
    }

    private ReadOnlySpan<byte> ToText(ReadOnlySpan<byte> frame)
    {
        if (_isRaw) return frame;
        if (_isHex) return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(frame));
        return Encoding.UTF8.GetBytes(Printable.Frame(frame));
    }

    private byte[] ToJson(Message message)
    {
        ReadOnlyMemory<byte>[] frames = [.. Enumerable.Range(0, message.FrameCount).Select(frame => message[frame])];
        var octets = _isHex ? JsonOctets.Hex : JsonOctets.Of(frames);
        var peer = message.Peer;
        var line = new MessageJson(
            [.. frames.Select(frame => octets.Write(frame.Span))],
            octets.Encoding,
            NullIfEmpty(peer?.Address),
            NullIfEmpty(peer?.Mechanism),
            NullIfEmpty(message.UserId),
            peer is { PublicKey.Length: CurvePublicKey.Size } ? new CurvePublicKey(peer.PublicKey.Span).ToString() : null);
        return Encoding.UTF8.GetBytes(CliJson.Line(line, CliJson.Plain.MessageJson) + '\n');
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
