using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>Runs command lines in this process.</summary>
internal static class Cli
{
    /// <summary>Runs a command line to its end.</summary>
    public static Task<ExitCode> RunAsync(TestConsole console, params string[] arguments) =>
        RunAsync(console, TestTimeout.Default, arguments);

    /// <summary>Runs a command line that may take some time to its end.</summary>
    public static Task<ExitCode> RunAsync(TestConsole console, TimeSpan atMost, params string[] arguments) =>
        CliApp.RunAsync(arguments, console, CancellationToken.None)
            .WithinAsync(atMost.TotalSeconds, $"zmtp {string.Join(' ', arguments)}; so far: {console.Errors}");

    /// <summary>Starts a command line that goes on until it is interrupted.</summary>
    public static RunningCli Start(TestConsole console, params string[] arguments) => new(console, arguments);
}
