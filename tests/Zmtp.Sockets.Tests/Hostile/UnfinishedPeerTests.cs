using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>A peer that has not finished its handshake does not exist for the patterns.</summary>
public sealed class UnfinishedPeerTests
{
    [Theory]
    [InlineData("")]
    [InlineData("FF 00 00 00 00 00 00 00 00 7F")]
    [InlineData("greeting")]
    [Spec("ZMTP30-102")]
    [Lesson("T8")]
    public async Task PEER_BeforeItsReady_GetsNoQueueAndNoMessage(string octets)
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick));
        var unfinished = await sut.RawConnectsAsync();
        await unfinished.SendAsync(octets == "greeting" ? Octets.Greeting31() : Octets.Hex(octets));
        await unfinished.ReadAsync(64);

        Assert.False(sut.Socket.TrySend("nobody takes it"));
        var good = await sut.PeerConnectsAsync("PULL");
        for (var i = 0; i < 10; i++) await sut.Socket.SendAsync("hello").AsTask().WithinAsync();

        // Not one in two, as it would be if both took part.
        for (var i = 0; i < 10; i++) await good.ExpectAsync(Octets.Hello);
        Assert.Equal(1, sut.Socket.PeerCount);
        await unfinished.ExpectNothingAsync(TimeSpan.FromMilliseconds(100));
    }
}
