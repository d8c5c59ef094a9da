using System.CommandLine;
using Spectre.Console;
using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Commands;

/// <summary>What all commands are given.</summary>
/// <param name="Console">The surroundings.</param>
/// <param name="NoColour">The option that all commands share.</param>
internal sealed record CommandContext(IConsole Console, Option<bool> NoColour)
{
    /// <summary>Standard output with colours where they are wanted.</summary>
    public IAnsiConsole Screen(ParseResult parsed) => Console.Screen(withColour: !parsed.GetValue(NoColour));
}
