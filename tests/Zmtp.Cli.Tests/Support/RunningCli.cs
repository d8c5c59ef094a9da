using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>A command line under way in this process.</summary>
internal sealed class RunningCli : IAsyncDisposable
{
    private readonly CancellationTokenSource _interrupt = new();
    private readonly Task<ExitCode> _task;

    public RunningCli(TestConsole console, string[] arguments)
    {
        Console = console;
        _task = Task.Run(() => Cli.RunAsync(console, arguments, _interrupt.Token));
    }

    public TestConsole Console { get; }

    /// <summary>Where it listens, once it does.</summary>
    public Task<string> EndpointAsync() => Console.WaitForErrorAsync("Listening at ");

    /// <summary>Waits for its end.</summary>
    public Task<ExitCode> EndAsync() => _task.WithinAsync(what: $"the command; so far: {Console.Errors}");

    /// <summary>Ctrl-C: whoever waited for it has heard of it.</summary>
    public Task SignalAsync() => _interrupt.CancelAsync();

    /// <summary>Ctrl-C, then waits for its end.</summary>
    public async Task<ExitCode> InterruptAsync()
    {
        await SignalAsync();
        return await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await InterruptAsync();
        _interrupt.Dispose();
    }
}
