using System.CommandLine;
using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Commands;

/// <summary>A command that does something. Its --help ends with examples.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(string name, string description, CommandContext context)
        : base(name, description)
    {
        Context = context;
        SetAction(async (parsed, interrupt) => (int)await RunAsync(parsed, interrupt));
    }

    /// <summary>Lines to paste, each a whole command.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>Whether --help ends with the table of exit codes.</summary>
    public virtual bool ShowsExitCodes => false;

    protected CommandContext Context { get; }

    protected IConsole Console => Context.Console;

    /// <summary>Does it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="interrupt">Fires on Ctrl-C.</param>
    protected abstract Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt);
}
