using System.CommandLine;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.User;

/// <summary><c>zmtp user add</c></summary>
internal sealed class UserAddCommand : CliCommand
{
    private readonly Argument<string> _file = new("file") { Description = "The password file. It is made when it is not there." };
    private readonly Argument<string> _name = new("name") { Description = "The user's name." };
    private readonly PasswordInput _password;
    private readonly Option<bool> _clear = new("--clear")
    {
        Description = "Store the password in clear text. CZMQ can read nothing else; whoever reads the file has the password.",
    };

    private readonly Option<bool> _force = new("--force") { Description = "Give a user that is there a new password." };

    public UserAddCommand(CommandContext context)
        : base("add", "Add a user, its password as an Argon2id hash. Asks for the password, which is never an argument.", context)
    {
        Add(_file);
        Add(_name);
        _password = new PasswordInput(this);
        Add(_clear);
        Add(_force);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp user add users.txt ann",
        "pass show zmq/ann | zmtp user add users.txt ann --password-stdin --force",
        "zmtp user add passwords.txt ann --clear",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var name = parsed.GetRequiredValue(_name);
        var file = parsed.GetRequiredValue(_file);
        Files.ThrowIfDirectory(file);
        var force = parsed.GetValue(_force);

        // Asked first: a user who is told afterwards has typed a password for nothing.
        using (var editor = PasswordFileEditor.Open(file)) ThrowIfThere(editor, name, force);
        using var password = await _password.ReadAsync(parsed, Console, name, isNew: true, interrupt);
        if (password.Length == 0) throw CliException.Usage("An empty password is none. Nothing was changed.");

        // Made once, and before the file is opened: it takes long.
        var hash = parsed.GetValue(_clear) ? null : PasswordHash.Create(password.Characters);
        var (isNew, path) = PasswordFileChange.Run(file, Console.Time, editor =>
        {
            ThrowIfThere(editor, name, force);
            return (hash is null ? editor.SetClearText(name, password.Characters) : editor.Set(name, hash), editor.FullPath);
        });
        await Console.Error.WriteLineAsync(isNew ? $"{name} was added to {path}." : $"{name} has a new password in {path}.");
        return ExitCode.Success;
    }

    private static void ThrowIfThere(PasswordFileEditor editor, string name, bool force)
    {
        if (!editor.Contains(name) || force) return;
        throw new CliException(ExitCode.Exists, $"{name} is in {editor.FullPath} already. Give --force for a new password.");
    }
}
