using Microsoft.Extensions.Logging;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A factory that is its one logger itself, for all categories and levels.</summary>
internal abstract class SoleLogger : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public abstract void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter);

    public void Dispose()
    {
    }
}
