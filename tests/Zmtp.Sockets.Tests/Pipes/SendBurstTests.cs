using System.Diagnostics;
using System.Runtime.CompilerServices;
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

    /// <summary>One message of all finds that nobody sends to its peer.</summary>
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
    public void ConnectionsThatAreNoLongerSentTo_AreForgottenAfterTwoRounds()
    {
        CountAll();
        for (var i = 0; i < 4 * Peers; i++) CountAfter(SendPace.LoneGap / 4, 0);
        Assert.Equal(1, CountAfter(SendPace.LoneGap / 4, 0));
    }

    [Fact]
    public void ConnectionsThatComeAndGo_AreNotAddedUp()
    {
        for (var i = 0; i < 100 * Peers; i++)
        {
            _marks[i % Peers] = default;
            for (var j = 0; j < 4; j++) Assert.InRange(CountAfter(SendPace.LoneGap / 4, (i + j) % Peers), 1, 2 * Peers);
        }
    }

    [Fact]
    public void InAnyOrder_MostAreCounted()
    {
        var random = new Random(1);
        for (var i = 0; i < 10 * Peers; i++) CountAfter(SendPace.LoneGap / 4, random.Next(Peers));
        for (var i = 0; i < 10 * Peers; i++) Assert.InRange(CountAfter(SendPace.LoneGap / 4, random.Next(Peers)), Peers / 2, Peers);
    }

    /// <summary>Each marks the connections as its own.</summary>
    [Fact]
    public void TwoThatSendByTheSameConnections_DoNotAddThemUp()
    {
        var other = new SendBurst();
        for (var i = 0; i < 100 * Peers; i++)
        {
            Assert.InRange(CountAfter(SendPace.LoneGap / 4, i / 2 % Peers), 1, Peers);
            Assert.InRange(other.Count(_now, ref _marks[i % Peers]), 1, Peers);
        }
    }

    [Fact]
    public void MoreRoundsThanANumberHolds_BeginsAnew()
    {
        Number(_burst) = int.MaxValue;
        Assert.Equal(1, CountAfter(SendPace.LoneGap, 0));
        Assert.Equal(2, CountAfter(0, 1));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_number")]
    private static extern ref int Number(SendBurst burst);

    private void CountAll()
    {
        for (var i = 0; i < Peers; i++) CountAfter(0, i);
    }

    private int CountAfter(long pause, int connection) => _burst.Count(_now += pause, ref _marks[connection]);
}
