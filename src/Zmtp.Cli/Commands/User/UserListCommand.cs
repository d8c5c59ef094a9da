using System.CommandLine;
using Zmtp.Cli.Messages;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.User;

/// <summary><c>zmtp user list</c></summary>
internal sealed class UserListCommand : CliCommand
{
    private readonly Argument<string> _file = new("file") { Description = "The password file." };

    public UserListCommand(CommandContext context)
        : base("list", "List the users' names, one a line.", context) => Add(_file);

    public override IReadOnlyList<string> Examples => ["zmtp user list users.txt"];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var file = parsed.GetRequiredValue(_file);
        Files.ThrowUnlessThere(file, UserCommand.HowToMakeAFile);
        using var editor = PasswordFileEditor.Open(file);
        foreach (var name in editor.UserNames) await Console.OutText.WriteLineAsync(Printable.Text(name));
        return ExitCode.Success;
    }
}
