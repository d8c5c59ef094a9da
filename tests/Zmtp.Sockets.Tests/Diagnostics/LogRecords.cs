using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>Keeps what one side logs, line by line.</summary>
internal sealed class LogRecords : SoleLogger
{
    private readonly ConcurrentQueue<LogRecord> _records = new();
    private readonly SemaphoreSlim _more = new(0);

    /// <summary>What people see with the usual settings and have to act on.</summary>
    public IReadOnlyList<LogRecord> Warnings => [.. _records.Where(record => record.Level >= LogLevel.Warning)];

    public IReadOnlyList<LogRecord> All => [.. _records];

    /// <summary>A line with this id, as soon as it is there.</summary>
    /// <param name="id">The id.</param>
    /// <param name="number">Which of them: 1 for the first.</param>
    public async Task<LogRecord> NextAsync(int id, int number = 1)
    {
        while (true)
        {
            if (_records.Where(record => record.Id.Id == id).Skip(number - 1).FirstOrDefault() is { } line) return line;
            await _more.WaitAsync(TestTimeout.Token);
        }
    }

    public override void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _records.Enqueue(new LogRecord(logLevel, eventId, formatter(state, exception)));
        _more.Release();
    }
}
