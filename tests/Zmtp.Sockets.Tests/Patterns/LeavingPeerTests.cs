using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>What a peer has sent that leaves. By RFC 28 and RFC 31 it goes with its queue; here it stays.</summary>
public sealed class LeavingPeerTests
{
    [Theory]
    [InlineData(SocketType.Dealer, "ROUTER", "hello")]
    [InlineData(SocketType.Router, "DEALER", "ABC,hello")]
    [InlineData(SocketType.Pair, "PAIR", "hello")]
    [Spec("REQREP-28", "REQREP-40", "PAIR-05")]
    public async Task SOCKET_BoundAndPeerLeaves_WholeMessagesStayReadable(SocketType type, string peerType, string received)
    {
        await using var sut = await Sut.BoundAsync(context => Sut.Socket(context, type));
        var raw = await sut.PeerConnectsAsync(peerType, "ABC");
        await raw.SendAsync(Octets.Hex(Octets.Hello), Octets.Frame("lost", more: true));
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);

        Assert.Equal(received, await sut.Socket.NextAsync());
        await sut.Socket.ExpectNoMessageAsync();
    }
}
