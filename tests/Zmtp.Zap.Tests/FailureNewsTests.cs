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
            Assert.Equal(FailureNews.Capacity + 1, errors);
            _time.Advance(FailureNews.Window);
        }
    }

    [Fact]
    public void FAILURENEWS_MadeUpDomainsTakeAllTheRoom_AnotherTypeOfFailureIsAnErrorAllTheSame()
    {
        var news = new FailureNews(_time);
        for (var i = 0; i < 10_000; i++) LevelOf(news, $"{i}");

        Assert.Equal(LogLevel.Error, LevelOf<TimeoutException>(news, "real"));
        Assert.Equal(LogLevel.Debug, LevelOf<TimeoutException>(news, "real"));
    }

    private static LogLevel LevelOf(FailureNews news, string domain) => LevelOf<IOException>(news, domain);

    private static LogLevel LevelOf<T>(FailureNews news, string domain) => news.LevelOf(typeof(T), Frames.Null(domain), out _);
}
