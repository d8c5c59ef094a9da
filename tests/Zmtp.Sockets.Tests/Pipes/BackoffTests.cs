using Xunit;
using Zmtp.Sockets.Endpoints;

namespace Zmtp.Sockets.Tests.Pipes;

public class BackoffTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void Next_DoublesUpToTheCap_PlusAtMostOneInterval()
    {
        var backoff = new Backoff(Interval, TimeSpan.FromMilliseconds(700));
        foreach (var expected in new[] { 100, 200, 400, 700, 700, 700 })
        {
            Assert.InRange(backoff.Next().TotalMilliseconds, expected, expected + 100);
        }
    }

    [Fact]
    public void Reset_StartsOver()
    {
        var backoff = new Backoff(Interval, TimeSpan.FromSeconds(10));
        for (var i = 0; i < 5; i++) backoff.Next();
        backoff.Reset();
        Assert.InRange(backoff.Next().TotalMilliseconds, 100, 200);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(100)]
    public void Next_CapNotAboveTheInterval_DoesNotGrow(int cap)
    {
        var backoff = new Backoff(Interval, TimeSpan.FromMilliseconds(cap));
        for (var i = 0; i < 10; i++) Assert.InRange(backoff.Next().TotalMilliseconds, 100, 200);
    }

    [Fact]
    public void Next_IsSpread()
    {
        var pauses = Enumerable.Range(0, 50).Select(_ => new Backoff(Interval, Interval).Next()).Distinct().Count();
        Assert.True(pauses > 10, $"{pauses} different pauses of 50");
    }

    [Fact]
    public void Next_HugeCap_NeverOverflows()
    {
        var backoff = new Backoff(TimeSpan.FromDays(1), TimeSpan.FromDays(10_000));
        for (var i = 0; i < 100; i++) Assert.True(backoff.Next() > TimeSpan.Zero);
    }
}
