using System.CommandLine;
using System.Security.Cryptography;
using Zmtp.Cli.Consoles;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.User;

/// <summary><c>zmtp user verify</c></summary>
internal sealed class UserVerifyCommand : CliCommand
{
    private readonly Argument<string> _file = new("file") { Description = "The password file." };
    private readonly Argument<string> _name = new("name") { Description = "The user's name." };
    private readonly PasswordInput _password;

    public UserVerifyCommand(CommandContext context)
        : base("verify", "Check a user's password as an authenticator would.", context)
    {
        Add(_file);
        Add(_name);
        _password = new PasswordInput(this);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp user verify users.txt ann",
        "pass show zmq/ann | zmtp user verify users.txt ann --password-stdin",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var name = parsed.GetRequiredValue(_name);
        var file = parsed.GetRequiredValue(_file);
        Files.ThrowUnlessThere(file, UserCommand.HowToMakeAFile);
        using var editor = PasswordFileEditor.Open(file);
        if (!editor.Contains(name)) throw new CliException(ExitCode.NoSuchUser, $"There is no user {name} in {editor.FullPath}.");
        using var password = await _password.ReadAsync(parsed, Console, name, isNew: false, interrupt);
        if (!await VerifyAsync(file, name, password, interrupt))
        {
            throw new CliException(ExitCode.NotVerified, $"That is not the password of {name}.");
        }

        await Console.Error.WriteLineAsync($"That is the password of {name}.");
        return ExitCode.Success;
    }

    private async Task<bool> VerifyAsync(string file, string name, Secret password, CancellationToken interrupt)
    {
        var octets = password.ToUtf8();
        try
        {
            using var store = new PasswordFile(file, new ErrorLogger(Console.Error));
            return await store.VerifyAsync(name, octets, interrupt);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }
}
