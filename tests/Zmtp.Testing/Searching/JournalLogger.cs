using Microsoft.Extensions.Logging;

namespace Zmtp.Testing.Searching;

/// <summary>Writes every line, with its named values and exception, to <see cref="SecretJournal.Suite"/>, and passes it on.</summary>
public sealed class JournalLogger(ILogger? next) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => next?.BeginScope(state);

    /// <inheritdoc/>
    // Every level, whatever the next one wants: what is only said at Debug is said as well.
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Write(state, exception, formatter);
        if (next is not null && next.IsEnabled(logLevel)) next.Log(logLevel, eventId, state, exception, formatter);
    }

    /// <summary>Writes one line to the journal only.</summary>
    public static void Write<TState>(TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        SecretJournal.Suite.Say(formatter(state, exception));
        if (exception is not null) SecretJournal.Suite.Say(exception);
        if (state is not IEnumerable<KeyValuePair<string, object?>> values) return;
        foreach (var value in values)
        {
            if (value.Value?.ToString() is { } text) SecretJournal.Suite.Say(text);
        }
    }
}
