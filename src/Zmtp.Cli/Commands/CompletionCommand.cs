using System.CommandLine;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp completion</c></summary>
internal sealed class CompletionCommand : CliCommand
{
    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh, fish or pwsh." };

    public CompletionCommand(CommandContext context)
        : base("completion", "Print the script that teaches a shell to complete this command.", context)
    {
        _shell.AcceptOnlyFromAmong([.. CompletionScripts.ByShell.Keys]);
        Add(_shell);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "source <(zmtp completion bash)",
        "zmtp completion zsh > ~/.zsh/completions/_zmtp",
        "zmtp completion fish > ~/.config/fish/completions/zmtp.fish",
        "zmtp completion pwsh >> $PROFILE",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        await Console.OutText.WriteAsync(CompletionScripts.ByShell[parsed.GetRequiredValue(_shell)].AsMemory(), interrupt);
        return ExitCode.Success;
    }
}
