using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;

namespace Zmtp.Cli.Commands;

/// <summary>The usual help, then examples, then the exit codes where they are what one came for.</summary>
internal sealed class ExamplesHelpAction(HelpAction usual) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is not CliCommand command) return code;
        output.WriteLine("Examples:");
        foreach (var example in command.Examples) output.WriteLine($"  {example}");
        output.WriteLine();
        if (!command.ShowsExitCodes) return code;
        output.WriteLine("Exit codes:");
        foreach (var (exit, meaning) in ExitCodes.All)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {(int)exit,3}  {meaning}"));
        }

        output.WriteLine();
        return code;
    }
}
