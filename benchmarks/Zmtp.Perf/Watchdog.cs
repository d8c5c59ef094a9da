namespace Zmtp.Perf;

/// <summary>
/// Ends the process when a measurement takes too long, so that one that hangs does not hang the table. On a thread of its own:
/// what hangs may well be the thread pool.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const int Failed = 1;

    private readonly ManualResetEventSlim _done = new();
    private readonly Thread _thread;

    /// <param name="limit">How long it may take; infinite for as long as it likes.</param>
    /// <param name="report">Says so.</param>
    public Watchdog(TimeSpan limit, Action report)
    {
        _thread = new Thread(() =>
        {
            if (_done.Wait(limit)) return;
            report();
            Environment.Exit(Failed);
        })
        { IsBackground = true, Name = "watchdog" };
        _thread.Start();
    }

    public void Dispose()
    {
        _done.Set();
        _thread.Join();
        _done.Dispose();
    }
}
