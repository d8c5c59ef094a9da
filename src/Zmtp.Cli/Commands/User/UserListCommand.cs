using System.CommandLine;
using Zmtp.Cli.Json;
using Zmtp.Cli.Messages;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.User;

/// <summary><c>zmtp user list</c></summary>
internal sealed class UserListCommand : CliCommand
{
    private readonly Argument<string> _file = new("file") { Description = "The password file." };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object for each user." };

    public UserListCommand(CommandContext context)
        : base("list", "List the users' names, one a line.", context)
    {
        Add(_file);
        Add(_json);
    }

    public override IReadOnlyList<string> Examples => ["zmtp user list users.txt", "zmtp user list users.txt --json | jq -r .name"];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var file = parsed.GetRequiredValue(_file);
        Files.ThrowUnlessThere(file, UserCommand.HowToMakeAFile);
        using var editor = PasswordFileEditor.Open(file);
        var isJson = parsed.GetValue(_json);
        foreach (var name in editor.UserNames)
        {
            var line = isJson ? CliJson.Line(new UserJson(name), CliJson.Plain.UserJson) : Printable.Text(name);
            await Console.OutText.WriteLineAsync(line);
        }

        return ExitCode.Success;
    }
}
