using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Sockets that are closed while one of their endpoints is being given up: the linger of the close holds for that one, too.</summary>
public class CloseWhileLeavingTests
{
    private static readonly SocketOptions Lingering = Stalling.Options with { Linger = Timeout.InfiniteTimeSpan };

    [Fact]
    public async Task Close_WithoutLingerWhileAnEndpointIsDisconnected_EndsThatOneToo()
    {
        await using var listener = RawListener.Reserve();
        await using var context = Join.NewContext();
        var push = new PushSocket(context, Lingering);
        push.Connect(listener.Endpoint);
        await push.SendAsync("nobody hears", TestTimeout.Token);
        var leaving = push.DisconnectAsync(listener.Endpoint).AsTask();
        Assert.False(leaving.IsCompleted);

        var unsent = await push.CloseAsync(TimeSpan.Zero).WithinAsync();

        Assert.Equal(1, unsent);
        await leaving.WithinAsync();
    }

    [Fact]
    public async Task Close_TokenFiresWhileAnEndpointIsDisconnected_EndsThatOneToo()
    {
        await using var listener = RawListener.Reserve();
        await using var context = Join.NewContext();
        using var hurry = new CancellationTokenSource();
        var push = new PushSocket(context, Lingering);
        push.Connect(listener.Endpoint);
        await push.SendAsync("nobody hears", TestTimeout.Token);
        var leaving = push.DisconnectAsync(listener.Endpoint).AsTask();

        var closing = push.CloseAsync(Timeout.InfiniteTimeSpan, hurry.Token).AsTask();
        Assert.False(closing.IsCompleted);
        await hurry.CancelAsync();

        Assert.Equal(1, await closing.WithinAsync());
        await leaving.WithinAsync();
    }

    [Fact]
    public async Task Close_WithoutLingerWhileAnEndpointIsUnbound_EndsThatOneToo()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Lingering));
        await Stalling.PeerAsync(sut, "PULL");
        await Stalling.FillAsync(frame => sut.Socket.TrySend(frame));
        var leaving = sut.Socket.UnbindAsync(sut.Endpoint).AsTask();
        Assert.False(leaving.IsCompleted);

        var unsent = await sut.Socket.CloseAsync(TimeSpan.Zero).WithinAsync();

        Assert.True(unsent > 0);
        await leaving.WithinAsync();
    }
}
