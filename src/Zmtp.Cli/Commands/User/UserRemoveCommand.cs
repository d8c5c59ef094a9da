using System.CommandLine;

namespace Zmtp.Cli.Commands.User;

/// <summary><c>zmtp user remove</c></summary>
internal sealed class UserRemoveCommand : CliCommand
{
    private readonly Argument<string> _file = new("file") { Description = "The password file." };
    private readonly Argument<string> _name = new("name") { Description = "The user's name." };

    public UserRemoveCommand(CommandContext context)
        : base("remove", "Remove a user.", context)
    {
        Add(_file);
        Add(_name);
    }

    public override IReadOnlyList<string> Examples => ["zmtp user remove users.txt ann"];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var name = parsed.GetRequiredValue(_name);
        var file = parsed.GetRequiredValue(_file);
        Files.ThrowUnlessThere(file, UserCommand.HowToMakeAFile);
        var path = PasswordFileChange.Run(file, Console.Time, editor => editor.Remove(name)
            ? editor.FullPath
            : throw new CliException(ExitCode.NoSuchUser, $"There is no user {name} in {editor.FullPath}."));
        await Console.Error.WriteLineAsync($"{name} was removed from {path}.");
        return ExitCode.Success;
    }
}
