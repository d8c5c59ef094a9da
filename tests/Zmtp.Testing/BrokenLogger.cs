using Microsoft.Extensions.Logging;

namespace Zmtp.Testing;

/// <summary>A logger that throws at every call.</summary>
public sealed class BrokenLogger : ILogger, ILoggerFactory
{
    private int _calls;

    /// <summary>How often it was called.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => throw Broken();

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel)
    {
        // Said, so that the line itself is tried, too.
        Interlocked.Increment(ref _calls);
        return true;
    }

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => throw Broken();

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private InvalidOperationException Broken()
    {
        Interlocked.Increment(ref _calls);
        return new InvalidOperationException("The log is broken.");
    }
}
