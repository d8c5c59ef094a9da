using System.CommandLine;
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
    /// <param name="user">The user whose password it is.</param>
    /// <param name="isNew">Whether it has to be typed twice, because nobody would notice a slip.</param>
    /// <param name="interrupt">Gives up.</param>
    /// <returns>The caller's to dispose.</returns>
    public async Task<Secret> ReadAsync(ParseResult parsed, IConsole console, string user, bool isNew, CancellationToken interrupt)
    {
        if (parsed.GetValue(_fromInput)) return await PasswordLine.ReadAsync(console.In, "Standard input", ExitCode.Usage, interrupt);
        if (!console.IsInteractive)
        {
            throw CliException.Usage("There is nobody to ask for the password. Give it on standard input, with --password-stdin.");
        }

        var password = await console.AskSecretAsync($"Password of {user}", interrupt);
        if (!isNew) return password;
        try
        {
            using var again = await console.AskSecretAsync("Once more", interrupt);
            if (password.Matches(again)) return password;
            throw CliException.Usage("The two passwords are not the same. Nothing was changed.");
        }
        catch
        {
            password.Dispose();
            throw;
        }
    }
}
