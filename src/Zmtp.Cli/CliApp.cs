using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Zmtp.Cli.Commands;
using Zmtp.Cli.Commands.Cert;
using Zmtp.Cli.Commands.User;
using Zmtp.Cli.Consoles;
using Zmtp.Mechanisms;

namespace Zmtp.Cli;

/// <summary>The command as a function: arguments and a console in, an exit code out. Never throws.</summary>
internal static class CliApp
{
    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">What stands after the program's name.</param>
    /// <param name="console">The surroundings.</param>
    /// <param name="interrupt">Fires on Ctrl-C.</param>
    public static async Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, IConsole console, CancellationToken interrupt)
    {
        string? sentence = null;
        try
        {
            // No response files: a message may begin with "@". No bundles of short options: a key may begin with "-h".
            var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
            var parsed = CreateRoot(console).Parse(arguments, configuration);
            if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction) return ReportUsage(parsed, parsed.Errors.Select(Explain), console);
            if (FindStrayOption(parsed) is { } stray) return ReportUsage(parsed, [stray], console);
            var settings = new InvocationConfiguration
            {
                Output = console.OutText,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,

                // Signals are the program's affair.
                ProcessTerminationTimeout = null,
            };
            var code = (ExitCode)await parsed.InvokeAsync(settings, interrupt);
            await console.OutText.FlushAsync(CancellationToken.None);
            return code;
        }
#pragma warning disable CA1031 // Whatever happens, a user reads a sentence and a script gets a code.
        catch (Exception error)
#pragma warning restore CA1031
        {
            var (code, message) = Faults.Explain(error, interrupt.IsCancellationRequested);
            sentence = $"zmtp: {message}";
            return code;
        }
        finally
        {
            // On a thread that can be left behind: it may go where the output goes, which nobody reads.
            var writing = Task.Run(
                () =>
                {
                    if (sentence is not null) console.Error.WriteLine(sentence);
                    console.Error.Flush();
                },
                CancellationToken.None);
            await LastWrite.EndsAsync(writing, console.Time, interrupt);
        }
    }

    /// <summary>All commands.</summary>
    internal static RootCommand CreateRoot(IConsole console)
    {
        var noColour = new Option<bool>("--no-color") { Description = "No colours. The variable NO_COLOR does the same.", Recursive = true };
        var context = new CommandContext(console, noColour);
        var root = new RootCommand("ZeroMQ from the shell: certificates, users, messages, and why a connection does not come about.")
        {
            new CertCommand(context),
            new UserCommand(context),
            new CheckCommand(context),
            new SendCommand(context),
            new RecvCommand(context),
            new ReqCommand(context),
            new RepCommand(context),
            new PubCommand(context),
            new SubCommand(context),
            new ProxyCommand(context),
            new AuthCommand(context),
            new CompletionCommand(context),
        };
        root.Options.Add(noColour);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExamplesHelpAction((HelpAction)help.Action!);
        return root;
    }

    /// <summary>
    /// The parser takes an option that it does not know for an argument: a slip of the finger would become a message that is sent, or the
    /// name of a file. One public key in 85 begins like an option, and is none.
    /// </summary>
    /// <returns>A sentence; null when there is none.</returns>
    private static string? FindStrayOption(ParseResult parsed)
    {
        if (parsed.Action is not { } action || action != parsed.CommandResult.Command.Action) return null;
        var candidates = new HashSet<object>(
            parsed.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash), ReferenceEqualityComparer.Instance);
        var stray = parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(static argument => argument.Tokens)
            .FirstOrDefault(token => token.Value is ['-', _, ..] && candidates.Contains(token) && !CurvePublicKey.TryParse(token.Value, out _));
        return stray is null ? null : $"There is no option {stray.Value} here. If it is no option, put -- before it.";
    }

    private static string Explain(ParseError error) =>
        error.SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: { Arity.MinimumNumberOfValues: > 0 } missing }
            ? $"<{missing.Name}> is missing."
            : error.Message;

    private static ExitCode ReportUsage(ParseResult parsed, IEnumerable<string> sentences, IConsole console)
    {
        foreach (var sentence in sentences) console.Error.WriteLine($"zmtp: {sentence}");
        var path = string.Join(' ', Path(parsed.CommandResult));
        console.Error.WriteLine($"Run \"{path} --help\" to see what there is.");
        return ExitCode.Usage;
    }

    private static Stack<string> Path(CommandResult result)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            names.Push(command.Command is RootCommand ? "zmtp" : command.Command.Name);
        }

        return names;
    }
}
