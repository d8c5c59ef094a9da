using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Cli.Tests;

/// <summary>Runs command lines in this process.</summary>
internal static class Cli
{
    /// <summary>Runs a command line to its end.</summary>
    public static Task<ExitCode> RunAsync(TestConsole console, params string[] arguments) =>
        RunAsync(console, TestTimeout.Default, arguments);

    /// <summary>Runs a command line that may take some time to its end.</summary>
    public static Task<ExitCode> RunAsync(TestConsole console, TimeSpan atMost, params string[] arguments) =>
        RunAsync(console, arguments, CancellationToken.None)
            .WithinAsync(atMost.TotalSeconds, $"zmtp {string.Join(' ', arguments)}; so far: {console.Errors}");

    /// <summary>Starts a command line that goes on until it is interrupted.</summary>
    public static RunningCli Start(TestConsole console, params string[] arguments) => new(console, arguments);

    /// <summary>Runs a command line until it ends or is interrupted. What it has written is searched for secrets when all tests are over.</summary>
    public static async Task<ExitCode> RunAsync(TestConsole console, string[] arguments, CancellationToken interrupt)
    {
        try
        {
            return await CliApp.RunAsync(arguments, console, interrupt);
        }
        finally
        {
            SecretJournal.Suite.Say(console.Output);
            SecretJournal.Suite.Say(console.Errors);
        }
    }
}
