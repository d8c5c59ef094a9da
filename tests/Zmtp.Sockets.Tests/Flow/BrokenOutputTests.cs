using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>
/// A connection could not encode something once, and could encode what follows: nothing that is sent from then on goes by it, also where its peer does
/// not read, so that a write is under way.
/// </summary>
public class BrokenOutputTests
{
    /// <summary>More than a peer takes that does not read.</summary>
    private static readonly byte[] Large = new byte[16 * 1024 * 1024];

    [Fact]
    public async Task ROUTER_MandatoryAndTheConnectionOfAPeerThatDoesNotReadFailsOnce_ThePeerIsNotThere()
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(
            context => new RouterSocket(context, Stalling.Options with { Security = security, RouterMandatory = true }));
        var raw = await Stalling.PeerAsync(sut, "DEALER", "A");
        await sut.Socket.SendAsync(Message.Create().Append("A").Append(Large)).WithinAsync();
        await IsUnderWayAsync(raw);
        security.Made[0].FailOnce();

        var lost = Message.Of("A", "lost");
        await Assert.ThrowsAsync<HostUnreachableException>(() => sut.Socket.SendAsync(lost).WithinAsync());

        Assert.Equal("lost", lost.AsString(1));
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(1, sut.Socket.UnsentCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DEALER_ConnectedAndTheConnectionFailsOnce_WhatIsSentNextGoesToTheNextConnection(bool asMessage)
    {
        var security = new FallibleSecurity();
        await using var sut = Sut.Create(context => new DealerSocket(context, Stalling.Options with { Security = security }));
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());
        await raw.Handshake31Async("ROUTER");
        await raw.ExpectOpenAsync();
        await sut.Socket.SendAsync(Large).WithinAsync();
        await IsUnderWayAsync(raw);
        security.Made[0].FailOnce();
        Assert.Throws<OverflowException>(() => Send(sut.Socket, "lost", asMessage));

        Assert.True(Send(sut.Socket, "hello", asMessage));

        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(1, sut.Socket.UnsentCount);
        raw = await sut.AcceptAsync(listener, "ROUTER", settle: false);
        await raw.ExpectAsync(Octets.Hello);
    }

    // Whose turn it is to send has taken it from the buffer. Before that, as soon as the answer to a PING has come, what follows would wait behind it.
    private static Task IsUnderWayAsync(RawPeer raw) => raw.ReadAsync(1);

    private static bool Send(DealerSocket dealer, string text, bool asMessage) =>
        asMessage ? dealer.TrySend(Message.Of(text)) : dealer.TrySend(text);
}
