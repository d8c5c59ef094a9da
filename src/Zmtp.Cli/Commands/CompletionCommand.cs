using System.CommandLine;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp completion</c></summary>
internal sealed class CompletionCommand : CliCommand
{
    private const string Shells = "bash, zsh, fish or pwsh.";

    private readonly Argument<string> _shell = new("shell") { Description = Shells };

    public CompletionCommand(CommandContext context)
        : base("completion", "Print the script that teaches a shell to complete this command.", context)
    {
        // AcceptOnlyFromAmong lets through whatever stands behind "--".
        _shell.CompletionSources.Add([.. CompletionScripts.ByShell.Keys]);
        _shell.Validators.Add(static result =>
        {
            if (result.Tokens is not [var token] || CompletionScripts.ByShell.ContainsKey(token.Value)) return;
            result.AddError($"\"{token.Value}\" is not a shell that can be taught. Write {Shells}");
        });
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
