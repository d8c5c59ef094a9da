using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Zmtp.Zap;

/// <summary>
/// A logger of the application whose exceptions end here: a log that is broken (a full disk, a sink that was disposed of) must not change
/// who is let in, stop a listener, or keep a change from being told. What it throws is lost, because the log is where it would be told.
/// </summary>
[SuppressMessage("Design", "CA1031", Justification = "That is what it is for.")]
internal sealed class GuardedLogger : ILogger
{
    private readonly ILogger _logger;

    private GuardedLogger(ILogger logger) => _logger = logger;

    /// <summary>Guards a logger; null is silence.</summary>
    public static ILogger Of(ILogger? logger) => logger switch
    {
        null => NullLogger.Instance,
        NullLogger or GuardedLogger => logger,
        _ => new GuardedLogger(logger),
    };

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return _logger.BeginScope(state);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return null;
        }
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return _logger.IsEnabled(logLevel);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return false;
        }
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            _logger.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // See above.
        }
    }
}
