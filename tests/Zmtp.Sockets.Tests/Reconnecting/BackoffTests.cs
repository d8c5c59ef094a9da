using Xunit;
using Zmtp.Sockets.Endpoints;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Reconnecting;

public sealed class BackoffTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Cap = TimeSpan.FromMilliseconds(300);

    [Fact]
    [Spec("ZMTP30-34")]
    public void Backoff_ManyAttempts_DoublesToTheCapWithUpToOneIntervalAtRandom()
    {
        var backoff = new Backoff(Interval, Cap);

        foreach (var least in (int[])[100, 200, 300, 300, 300, 300])
        {
            Assert.InRange(backoff.Next().TotalMilliseconds, least, least + 100);
        }
    }

    [Fact]
    [Spec("ZMTP30-34")]
    public void Backoff_CapBelowTheInterval_DoesNotGrow()
    {
        var backoff = new Backoff(Interval, TimeSpan.Zero);

        for (var i = 0; i < 10; i++) Assert.InRange(backoff.Next().TotalMilliseconds, 100, 200);
    }

    [Fact]
    [Spec("ZMTP30-34")]
    public void Backoff_AfterSuccess_StartsOver()
    {
        var backoff = new Backoff(Interval, Cap);
        for (var i = 0; i < 5; i++) backoff.Next();

        backoff.Reset();

        Assert.InRange(backoff.Next().TotalMilliseconds, 100, 200);
    }

    [Fact]
    [Spec("ZMTP30-34")]
    public void Backoff_OfTwoSockets_DoesNotStayInStep()
    {
        var one = new Backoff(Interval, Cap);
        var other = new Backoff(Interval, Cap);

        // Twenty equal pauses out of a thousand each would be a matter of 10^-60.
        Assert.Contains(Enumerable.Range(0, 20), _ => one.Next() != other.Next());
    }
}
