using Microsoft.Extensions.Logging;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>One line that was logged.</summary>
internal sealed record LogRecord(LogLevel Level, EventId Id, string Text);
