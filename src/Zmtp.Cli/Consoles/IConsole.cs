using Spectre.Console;

namespace Zmtp.Cli.Consoles;

/// <summary>All that a command has of its surroundings: so that a test can run it in its own process and see everything.</summary>
internal interface IConsole
{
    /// <summary>Standard input, octets.</summary>
    Stream In { get; }

    /// <summary>Standard output, octets: for messages as they are. What fails is a <see cref="CliException"/>, with its code.</summary>
    Stream Out { get; }

    /// <summary>Standard output for people and for JSON lines, which leave at once.</summary>
    TextWriter OutText { get; }

    /// <summary>Standard error.</summary>
    TextWriter Error { get; }

    /// <summary>Whether somebody sits there who can be asked.</summary>
    bool IsInteractive { get; }

    /// <summary>Whether standard output is a terminal.</summary>
    bool IsOutTerminal { get; }

    /// <summary>The clock.</summary>
    TimeProvider Time { get; }

    /// <summary>A variable of the environment; null when it is not set.</summary>
    string? Variable(string name);

    /// <summary>Standard output with colours where they are wanted.</summary>
    /// <param name="withColour">False on --no-color.</param>
    IAnsiConsole Screen(bool withColour);

    /// <summary>Asks a question on standard error, and waits for the answer; may be empty.</summary>
    /// <param name="question">The question, without the colon.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<string> AskAsync(string question, CancellationToken cancellationToken);

    /// <summary>Asks for a password on standard error, which is not shown.</summary>
    /// <param name="question">The question, without the colon.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The caller's to dispose; may be empty.</returns>
    Task<Secret> AskSecretAsync(string question, CancellationToken cancellationToken);
}
