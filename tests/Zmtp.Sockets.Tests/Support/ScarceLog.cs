using Microsoft.Extensions.Logging;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A log that has no memory for a warning.</summary>
internal sealed class ScarceLog(Scarcity isScarce) : SoleLogger
{
    public override void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (isScarce.IsOn && logLevel >= LogLevel.Warning) throw new InsufficientMemoryException();
    }
}
