using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>Keeps what one side logs, line by line.</summary>
internal sealed class LogRecords : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<LogRecord> _records = new();

    /// <summary>What people see with the usual settings and have to act on.</summary>
    public IReadOnlyList<LogRecord> Warnings => [.. _records.Where(record => record.Level >= LogLevel.Warning)];

    public IReadOnlyList<LogRecord> All => [.. _records];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _records.Enqueue(new LogRecord(logLevel, eventId, formatter(state, exception)));

    public void Dispose()
    {
    }
}
