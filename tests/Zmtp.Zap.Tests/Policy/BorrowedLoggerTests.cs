using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Zmtp.Zap.Tests;

/// <summary>An authenticator that was given no logger: what is said before it is handed to a context waits.</summary>
public sealed class BorrowedLoggerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ListLogger _logger = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void AUTHENTICATOR_LentALogAfterAStoreWasOpened_TellsWhatTheStoreFoundBefore()
    {
        _directory.Write("certs/broken", "no certificate");
        using var authenticator = new Authenticator();
        authenticator.ConfigureCurve("*", _directory["certs"]);
        authenticator.BorrowLogger(_logger);
        Assert.Contains(_logger.Entries, entry => entry.Level == LogLevel.Warning && entry.Text.Contains("broken", StringComparison.Ordinal));
    }

    [Fact]
    public void AUTHENTICATOR_LentALog_TellsOfStoresThatAreOpenedAfterwards()
    {
        using var authenticator = new Authenticator();
        authenticator.BorrowLogger(_logger);
        authenticator.ConfigurePlain("*", _directory["missing"]);
        Assert.Contains(_logger.Entries, entry => entry.Level == LogLevel.Error && entry.Text.Contains("missing", StringComparison.Ordinal));
    }

    [Fact]
    public void AUTHENTICATOR_LentASecondLog_GoesOnWithTheFirst()
    {
        var second = new ListLogger();
        using var authenticator = new Authenticator();
        authenticator.BorrowLogger(_logger);
        authenticator.BorrowLogger(second);
        authenticator.ConfigurePlain("*", _directory["missing"]);
        Assert.NotEmpty(_logger.Entries);
        Assert.Empty(second.Entries);
    }

    [Fact]
    public void AUTHENTICATOR_GivenALogger_BorrowsNone()
    {
        using var authenticator = new Authenticator(NullLogger.Instance);
        authenticator.BorrowLogger(_logger);
        authenticator.ConfigurePlain("*", _directory["missing"]);
        Assert.Empty(_logger.Entries);
    }

    [Fact]
    public void LOG_MoreLinesThanMayWait_KeepsTheNewest()
    {
        var borrowed = new BorrowedLogger();
        for (var line = 0; line <= BorrowedLogger.MostWaiting; line++) Say(borrowed, LogLevel.Information, $"line {line}.");
        Say(borrowed, LogLevel.Debug, "a detail");
        borrowed.Borrow(_logger);
        Assert.Equal(BorrowedLogger.MostWaiting, _logger.Entries.Count);
        Assert.Contains("line 1.", _logger.Entries.First().Text, StringComparison.Ordinal);
        Say(borrowed, LogLevel.Debug, "a detail");
        Assert.Contains("a detail", _logger.Entries.Last().Text, StringComparison.Ordinal);
    }

    private static void Say(ILogger logger, LogLevel level, string text) => logger.Log(level, 0, text, null, static (state, _) => state);
}
