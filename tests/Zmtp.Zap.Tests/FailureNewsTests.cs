using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Zmtp.Zap.Tests;

public sealed class FailureNewsTests
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>Whoever asks a handler through a proxy chooses the domain.</summary>
    [Fact]
    public void FAILURENEWS_TenThousandDomains_AreABoundedNumberOfErrorsAMinute()
    {
        var news = new FailureNews(_time);
        for (var minute = 0; minute < 2; minute++)
        {
            var errors = Enumerable.Range(0, 10_000).Count(i => LevelOf(news, $"{minute}.{i}") == LogLevel.Error);
            Assert.Equal(FailureNews.Capacity, errors);
            _time.Advance(FailureNews.Window);
        }
    }

    private static LogLevel LevelOf(FailureNews news, string domain) => news.LevelOf(typeof(IOException), Frames.Null(domain), out _);
}
