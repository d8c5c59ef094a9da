using System.Diagnostics;
using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Tests.Pipes;

public class SendBurstTests
{
    private const int Peers = 64;

    private readonly SendBurst _burst = new();
    private readonly SendBurst.Mark[] _marks = new SendBurst.Mark[Peers];
    private long _now = Stopwatch.GetTimestamp();

    [Fact]
    public void OneConnection_WithoutAPause_IsOne()
    {
        for (var i = 0; i < 3; i++) Assert.Equal(1, CountAfter(0, 0));
    }

    [Fact]
    public void ConnectionAfterConnection_WithoutAPause_EachIsCountedOnce()
    {
        for (var i = 0; i < Peers; i++) Assert.Equal(i + 1, CountAfter(SendPace.LoneGap / 4, i));
        for (var i = 0; i < Peers; i++) Assert.Equal(Peers, CountAfter(SendPace.LoneGap / 4, i));
    }

    /// <summary>One message in each round finds that nobody sends to its peer, and no other does.</summary>
    [Fact]
    public void ManyConnections_AWholeRoundBetween_AreStillCounted()
    {
        CountAll();
        Assert.Equal(Peers, CountAfter((Peers - 1) * SendPace.LoneGap, 0));
    }

    [Fact]
    public void Pause_BeginsAnew()
    {
        CountAll();
        Assert.Equal(1, CountAfter(Peers * SendPace.LoneGap, 0));
        Assert.Equal(2, CountAfter(SendPace.LoneGap / 2, 1));
        Assert.Equal(1, CountAfter(2 * SendPace.LoneGap, 1));
    }

    [Fact]
    public void AnotherBurst_CountsForItself()
    {
        CountAll();
        Assert.Equal(1, new SendBurst().Count(_now, ref _marks[0]));
        Assert.Equal(Peers + 1, CountAfter(0, 0));
    }

    private void CountAll()
    {
        for (var i = 0; i < Peers; i++) CountAfter(0, i);
    }

    private int CountAfter(long pause, int connection) => _burst.Count(_now += pause, ref _marks[connection]);
}
