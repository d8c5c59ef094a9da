using Microsoft.Extensions.Logging;
using Zmtp.Cli.Messages;

namespace Zmtp.Cli.Consoles;

/// <summary>What the stores have to complain about, as lines on standard error. Verdicts are shown by the commands, not here.</summary>
internal sealed class ErrorLogger(TextWriter error) : ILogger
{
    // The events of the authenticator itself: the sockets tell of the same refusals with the peer's endpoint.
    private const int FirstVerdict = 2731;
    private const int LastVerdict = 2733;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || eventId.Id is >= FirstVerdict and <= LastVerdict) return;
        var cause = exception is null ? "" : $" ({exception.Message})";
        var line = Printable.Line($"zmtp: {formatter(state, exception)}{cause}");
        lock (error) error.WriteLine(line);
    }
}
