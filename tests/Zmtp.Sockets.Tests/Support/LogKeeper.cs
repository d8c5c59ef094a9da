using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Keeps what is logged at every level, by whomever, with exceptions and all named values.</summary>
internal sealed class LogKeeper : SoleLogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string All => string.Join('\n', _lines);

    public void Add(string line) => _lines.Enqueue(line);

    public override void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        JournalLogger.Write(state, exception, formatter);
        var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => pair.Value)) : "";
        Add($"{formatter(state, exception)} {values} {exception}");
    }
}
