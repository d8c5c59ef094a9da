using System.Diagnostics;
using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Tests.Pipes;

public class AddressedBurstTests
{
    private const int Peers = 64;

    private readonly AddressedBurst _burst = new();
    private long _now = Stopwatch.GetTimestamp();

    [Fact]
    public void OnePeer_WithoutAPause_IsOne()
    {
        for (var i = 0; i < 3; i++) Assert.Equal(1, SpreadAfter(0, peers: 1));
    }

    [Fact]
    public void PeerAfterPeer_WithoutAPause_AreAllCountedAndNotMore()
    {
        for (var i = 1; i <= Peers; i++) Assert.Equal(i, SpreadAfter(SendPace.LoneGap / 4));
        for (var i = 0; i < Peers; i++) Assert.Equal(Peers, SpreadAfter(SendPace.LoneGap / 4));
    }

    /// <summary>A message in each round finds that nobody sends to its peer, and no other does.</summary>
    [Fact]
    public void ManyPeers_AWholeRoundBetween_AreStillCounted()
    {
        for (var i = 1; i <= Peers; i++) SpreadAfter(SendPace.LoneGap / 4);
        Assert.Equal(Peers, SpreadAfter((Peers - 1) * SendPace.LoneGap));
    }

    [Fact]
    public void Pause_BeginsAnew()
    {
        for (var i = 1; i <= Peers; i++) SpreadAfter(SendPace.LoneGap / 4);
        Assert.Equal(1, SpreadAfter(Peers * SendPace.LoneGap));
        Assert.Equal(1, SpreadAfter(SendPace.LoneGap));
    }

    [Fact]
    public void PeersLeave_AreNotCounted()
    {
        for (var i = 1; i <= Peers; i++) SpreadAfter(0);
        Assert.Equal(2, SpreadAfter(0, peers: 2));
        Assert.Equal(1, SpreadAfter(0, peers: 0));
    }

    private int SpreadAfter(long pause, int peers = Peers) => _burst.Spread(_now += pause, peers);
}
