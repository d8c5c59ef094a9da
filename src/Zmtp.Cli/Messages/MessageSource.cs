using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Messages;

/// <summary>The messages that the command line, files and standard input hold.</summary>
internal sealed class MessageSource
{
    private const string StandardInput = "-";

    private readonly IConsole _console;
    private readonly string[] _messages;
    private readonly string[] _parts;
    private readonly string[] _files;
    private readonly byte[] _delimiter;
    private readonly bool _isHex;
    private readonly int _count;
    private readonly TimeSpan _interval;

    /// <exception cref="CliException">The options contradict each other.</exception>
    public MessageSource(InputOptions options, ParseResult parsed, IConsole console)
    {
        _console = console;
        _messages = parsed.GetValue(options.Messages) ?? [];
        _parts = parsed.GetValue(options.Parts) ?? [];
        _files = parsed.GetValue(options.Files) ?? [];
        _delimiter = Delimiters.Read(parsed.GetValue(options.Delimiter) ?? "");
        _isHex = parsed.GetValue(options.Hex);
        _count = parsed.GetValue(options.Count) ?? 1;
        _interval = parsed.GetValue(options.Interval) ?? TimeSpan.Zero;
        if (ReadsInput && _count > 1)
        {
            throw CliException.Usage("--count repeats what the command line holds; standard input can be read once only.");
        }

        if (_files.Count(static file => file == StandardInput) > 1)
        {
            throw CliException.Usage("--file - is all of standard input, which can be read once only.");
        }

        if (_isHex && _delimiter.Length > 0)
        {
            throw CliException.Usage("--hex and --delimiter do not go together; use --part for each frame.");
        }

        if (!options.AreShown) ThrowIfOfNoUse(options, isDelimited: parsed.GetValue(options.Delimiter) is not null);

        // Before anybody is connected to.
        foreach (var file in _files)
        {
            if (file != StandardInput) Files.ThrowUnlessThere(file, "It is to hold a message.");
        }
    }

    private bool ReadsInput => IsEmpty || _files.Contains(StandardInput);

    private bool IsEmpty => _messages.Length + _parts.Length + _files.Length == 0;

    /// <summary>All messages, in order; each is the caller's to send or dispose.</summary>
    public async IAsyncEnumerable<Message> ReadAsync([EnumeratorCancellation] CancellationToken interrupt)
    {
        var isFirst = true;
        for (var round = 0; round < _count; round++)
        {
            await foreach (var message in ReadOnceAsync(interrupt))
            {
                if (!isFirst && _interval > TimeSpan.Zero) await Task.Delay(_interval, _console.Time, interrupt);
                isFirst = false;
                yield return message;
            }
        }
    }

    private void ThrowIfOfNoUse(InputOptions options, bool isDelimited)
    {
        if (_isHex && _files.Length > 0)
        {
            throw CliException.Usage($"{options.Hex.Name} does not go with {options.Files.Name}, whose octets are sent as they are.");
        }

        if (isDelimited && _messages.Length == 0 && !IsEmpty)
        {
            throw CliException.Usage(
                $"{options.Delimiter.Name} splits messages and lines, and here are none: {options.Parts.Name} is a frame and {options.Files.Name} " +
                "a message, whatever they hold.");
        }
    }

    private async IAsyncEnumerable<Message> ReadOnceAsync([EnumeratorCancellation] CancellationToken interrupt)
    {
        if (IsEmpty)
        {
            await foreach (var line in LineReader.ReadAsync(_console.In, interrupt)) yield return ToMessage(line);
            yield break;
        }

        foreach (var text in _messages) yield return ToMessage(Encoding.UTF8.GetBytes(text));
        if (_parts.Length > 0)
        {
            var message = Message.Create();
            foreach (var part in _parts) message.Append(Decode(Encoding.UTF8.GetBytes(part)));
            yield return message;
        }

        foreach (var file in _files) yield return Message.Create().Append(await ReadFileAsync(file, interrupt));
    }

    private Message ToMessage(byte[] text)
    {
        var message = Message.Create();
        if (_delimiter.Length == 0) return message.Append(Decode(text));
        ReadOnlySpan<byte> rest = text;
        for (var at = rest.IndexOf(_delimiter); at >= 0; at = rest.IndexOf(_delimiter))
        {
            message.Append(rest[..at]);
            rest = rest[(at + _delimiter.Length)..];
        }

        return message.Append(rest);
    }

    private byte[] Decode(byte[] text) => _isHex ? HexText.Decode(text) : text;

    private async Task<byte[]> ReadFileAsync(string file, CancellationToken interrupt)
    {
        if (file != StandardInput) return await File.ReadAllBytesAsync(file, interrupt);
        using var octets = new MemoryStream();
        await _console.In.CopyToAsync(octets, interrupt).WaitAsync(interrupt);
        return octets.ToArray();
    }
}
