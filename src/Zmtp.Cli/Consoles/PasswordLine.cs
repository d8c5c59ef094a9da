using System.Security.Cryptography;
using System.Text.Unicode;

namespace Zmtp.Cli.Consoles;

/// <summary>
/// A password that is the first line of a file or of standard input: one and the same, wherever its octets come from. A byte order mark before
/// it and the end of its line, CR LF too, are no part of it.
/// </summary>
internal static class PasswordLine
{
    /// <summary>A sentence: what is expected.</summary>
    public const string Hint = "Its first line is to be the password.";

    /// <summary>Reads the password. What follows the first line nobody wants.</summary>
    /// <param name="stream">Where from; some of what follows may be read, too.</param>
    /// <param name="name">What it is, as the first word of a sentence.</param>
    /// <param name="fault">The exit code where it holds no password.</param>
    /// <param name="interrupt">Gives up.</param>
    /// <returns>The caller's to dispose.</returns>
    /// <exception cref="CliException">It is empty, is not UTF-8, or is longer than a password can be.</exception>
    public static async Task<Secret> ReadAsync(Stream stream, string name, ExitCode fault, CancellationToken interrupt)
    {
        // Not by a reader of lines, whose buffers would keep the password.
        var octets = GC.AllocateArray<byte>(Mark.Length + Secret.MaxLength + "\r\n"u8.Length, pinned: true);
        try
        {
            var length = 0;
            for (var read = -1; read != 0 && length < octets.Length && octets.AsSpan(0, length).IndexOf((byte)'\n') < 0; length += read)
            {
                read = await stream.ReadAsync(octets.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(interrupt);
            }

            return Decode(octets.AsSpan(0, length), name, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    private static Secret Decode(ReadOnlySpan<byte> text, string name, ExitCode fault)
    {
        if (text.StartsWith(Mark)) text = text[Mark.Length..];
        if (text.IsEmpty) throw new CliException(fault, $"{name} is empty. {Hint}");
        var line = FirstLine(text);

        // One that is too long may have been cut within a character.
        if (line.Length > Secret.MaxLength || Utf8.IsValid(line)) return Secret.FromUtf8(line);
        throw new CliException(fault, $"{name} is not UTF-8. {Hint} Check its encoding.");
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'\n');
        var line = end < 0 ? text : text[..end];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }
}
