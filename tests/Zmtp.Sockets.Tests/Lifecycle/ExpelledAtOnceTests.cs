using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A peer whose place another one takes as soon as it has it.</summary>
public class ExpelledAtOnceTests
{
    [Fact]
    public async Task Expel_BeforeTheConnectionIsServedAndThereIsNoRoom_ItEnds()
    {
        await using var sut = await Sut.BoundAsync(static context => new ExpellingSocket(context));

        await sut.PeerConnectsAsync("PUSH", settle: false);

        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(0, sut.Socket.PeerCount);
    }

    private sealed class ExpellingSocket(ZmtpContext context) : ReceivingSocket(context, SocketType.Pull, Sut.Quick)
    {
        internal override ZmtpException? Admit(Pipe pipe, ZmtpPeer peer)
        {
            pipe.Inbound.HoldBack();
            pipe.Expel!(true);
            return null;
        }
    }
}
