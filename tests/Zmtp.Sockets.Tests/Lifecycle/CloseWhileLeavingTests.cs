using Microsoft.Extensions.Time.Testing;
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

    // Nothing of it is queued any more, but the peer has not hung up.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Close_WithoutLingerWhileAnEndpointSaysGoodbye_LeavesThatOneNoMoreTime(bool binds)
    {
        var time = new FakeTimeProvider();
        await using var sut = Sut.Create(static context => new DealerSocket(context, Lingering), time);
        if (binds) await sut.BindAsync();
        _ = binds ? await sut.PeerConnectsAsync("ROUTER") : await sut.PeerListensAsync("ROUTER");
        var leaving = binds
            ? sut.Socket.UnbindAsync(sut.Endpoint).AsTask()
            : sut.Socket.DisconnectAsync(sut.Socket.ConnectedEndpoints.Single()).AsTask();
        var closing = sut.Socket.CloseAsync(TimeSpan.Zero).AsTask();
        var disposing = sut.Context.DisposeAsync().AsTask();

        // Far less than the linger of the endpoint, which is infinite, would be: from here on the clock stands still.
        for (var i = 0; i < 40 && !disposing.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.WhenAny(disposing, Task.Delay(10));
        }

        await Task.WhenAll(leaving, closing, disposing).WithinAsync();
    }
}
