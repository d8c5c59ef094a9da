using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Zmtp.Sockets.Tests.Support;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>Keeps what one side logs, line by line.</summary>
internal sealed class LogRecords : SoleLogger
{
    private readonly ConcurrentQueue<LogRecord> _records = new();

    /// <summary>What people see with the usual settings and have to act on.</summary>
    public IReadOnlyList<LogRecord> Warnings => [.. _records.Where(record => record.Level >= LogLevel.Warning)];

    public IReadOnlyList<LogRecord> All => [.. _records];

    public override void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _records.Enqueue(new LogRecord(logLevel, eventId, formatter(state, exception)));
}
