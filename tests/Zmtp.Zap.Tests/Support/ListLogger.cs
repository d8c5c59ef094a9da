using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Zmtp.Testing.Searching;

namespace Zmtp.Zap.Tests;

/// <summary>Keeps what is logged, at every level, with exceptions and all named values.</summary>
internal sealed class ListLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _entries = new();
    private readonly ConcurrentQueue<int> _ids = new();

    /// <summary>What was logged, by its stable number.</summary>
    public IReadOnlyCollection<int> Ids => _ids;

    public IReadOnlyCollection<(LogLevel Level, string Text)> Entries => _entries;

    public string All => string.Join('\n', _entries.Select(entry => $"{entry.Level}: {entry.Text}"));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        JournalLogger.Write(state, exception, formatter);
        var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => pair.Value)) : "";
        _ids.Enqueue(eventId.Id);
        _entries.Enqueue((logLevel, $"{formatter(state, exception)} {values} {exception}"));
    }
}
