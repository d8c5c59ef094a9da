using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>ROUTER: an endpoint that is given up and still sends what was queued for it.</summary>
public class RouterLeavingTests
{
    private static readonly ZmtpPeer Same = new() { SocketType = SocketType.Dealer, Identity = "same"u8.ToArray() };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ROUTER_RetiredEndpointConnectsAgain_TheLivePeerKeepsTheRoutingId(bool handover)
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick with { RouterHandover = handover });
        var retired = new Pipe(router, "tcp://x", outlivesConnection: true);
        Assert.Null(router.Admit(retired, Same));
        router.OnDetached(retired);
        retired.Retire();
        router.OnPipeRemoved(retired);
        var isExpelled = false;
        var live = new Pipe(router, "tcp://y", outlivesConnection: false) { Expel = _ => isExpelled = true };
        Assert.Null(router.Admit(live, Same));

        Assert.Null(router.Admit(retired, Same));

        Assert.False(isExpelled);
        Assert.Equal("same"u8.ToArray(), retired.RoutingId);
        Assert.True(router.TrySend(Message.Of("same", "to the live one")));
        Assert.Equal(1, live.Pending);
    }
}
