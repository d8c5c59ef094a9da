using System.CommandLine;
using System.Security.Cryptography;
using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Commands.User;

/// <summary>Where a command gets a password from: a prompt, or standard input. Never the command line, which others can read.</summary>
internal sealed class PasswordInput
{
    private readonly Option<bool> _fromInput = new("--password-stdin") { Description = "Read the password from the first line of standard input." };

    /// <summary>Adds the option to a command.</summary>
    public PasswordInput(Command command) => command.Add(_fromInput);

    /// <summary>Reads the password.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="console">Where to ask.</param>
    /// <param name="user">Whose it is.</param>
    /// <param name="isNew">Whether it has to be typed twice, because nobody would notice a slip.</param>
    /// <param name="interrupt">Gives up.</param>
    /// <returns>The caller's to dispose.</returns>
    public async Task<Secret> ReadAsync(ParseResult parsed, IConsole console, string user, bool isNew, CancellationToken interrupt)
    {
        if (parsed.GetValue(_fromInput)) return await ReadLineAsync(console, interrupt);
        if (!console.IsInteractive)
        {
            throw CliException.Usage("There is nobody to ask for the password. Give it on standard input, with --password-stdin.");
        }

        var password = await console.AskSecretAsync($"Password of {user}", interrupt);
        if (!isNew) return password;
        using var again = await console.AskSecretAsync("Once more", interrupt);
        if (password.Matches(again)) return password;
        password.Dispose();
        throw CliException.Usage("The two passwords are not the same. Nothing was changed.");
    }

    // Not by a reader of lines, whose buffers would keep the password. What follows the first line nobody wants.
    private static async Task<Secret> ReadLineAsync(IConsole console, CancellationToken interrupt)
    {
        var octets = GC.AllocateArray<byte>(Secret.MaxLength + "\r\n"u8.Length, pinned: true);
        try
        {
            var length = 0;
            for (var read = -1; read != 0 && length < octets.Length && octets.AsSpan(0, length).IndexOf((byte)'\n') < 0; length += read)
            {
                read = await console.In.ReadAsync(octets.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(interrupt);
            }

            if (length == 0) throw CliException.Usage("Standard input is empty. Its first line is to be the password.");
            return Secret.FromUtf8(FirstLine(octets.AsSpan(0, length)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'\n');
        var line = end < 0 ? text : text[..end];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }
}
