using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Endpoints that are given up with a token: it ends their linger, and what has not left by then is dropped and counted.</summary>
public class HurriedLeaveTests
{
    // Longer than any wait of a test, and over at last where one fails.
    private static readonly SocketOptions Lingering = Stalling.Options with { Linger = TimeSpan.FromMinutes(1) };

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Disconnect_TokenFiresWhileItLingers_DropsAndCountsWhatHasNotLeft(string transport)
    {
        await using var listener = RawListener.Reserve();
        await using var context = Join.NewContext();
        using var hurry = new CancellationTokenSource();
        await using var push = new PushSocket(context, Lingering);
        var endpoint = transport == "tcp" ? listener.Endpoint : Join.Fresh(transport);
        push.Connect(endpoint);
        await push.SendAsync("nobody hears", TestTimeout.Token);
        await push.SendAsync("nor this", TestTimeout.Token);

        var leaving = push.DisconnectAsync(endpoint, hurry.Token).AsTask();
        Assert.False(leaving.IsCompleted);
        await hurry.CancelAsync();

        await leaving.WithinAsync();
        Assert.Equal(2, push.UnsentCount);
        await Assert.ThrowsAsync<ArgumentException>(async () => await push.DisconnectAsync(endpoint));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Disconnect_TokenCancelledAlready_DoesNotLinger(string transport)
    {
        await using var listener = RawListener.Reserve();
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Lingering);
        var endpoint = transport == "tcp" ? listener.Endpoint : Join.Fresh(transport);
        push.Connect(endpoint);
        await push.SendAsync("nobody hears", TestTimeout.Token);

        await push.DisconnectAsync(endpoint, new CancellationToken(true)).WithinAsync();

        Assert.Equal(1, push.UnsentCount);
        await Assert.ThrowsAsync<ArgumentException>(async () => await push.DisconnectAsync(endpoint));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unbind_TokenFiresBeforeOrWhileItLingers_EndsThePeersAndCountsWhatHasNotLeft(bool before)
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Lingering));
        using var hurry = new CancellationTokenSource();
        await Stalling.PeerAsync(sut, "PULL");
        await Stalling.FillAsync(frame => sut.Socket.TrySend(frame));
        if (before) await hurry.CancelAsync();

        var leaving = sut.Socket.UnbindAsync(sut.Endpoint, hurry.Token).AsTask();
        if (!before)
        {
            Assert.False(leaving.IsCompleted);
            await hurry.CancelAsync();
        }

        await leaving.WithinAsync();
        Assert.True(sut.Socket.UnsentCount > 0);
        Assert.Equal(0, sut.Socket.PeerCount);
        Assert.Empty(sut.Socket.BoundEndpoints);
    }

    [Fact]
    public async Task Disconnect_TokenOfOneOfTwoFires_TheOtherLingersOn()
    {
        await using var listener = RawListener.Reserve();
        await using var other = RawListener.Reserve();
        await using var context = Join.NewContext();
        using var hurry = new CancellationTokenSource();
        await using var push = new PushSocket(context, Lingering);
        push.Connect(listener.Endpoint);
        await push.SendAsync("to the first", TestTimeout.Token);
        var first = push.DisconnectAsync(listener.Endpoint, hurry.Token).AsTask();
        push.Connect(other.Endpoint);
        await push.SendAsync("to the second", TestTimeout.Token);
        using var later = new CancellationTokenSource();
        var second = push.DisconnectAsync(other.Endpoint, later.Token).AsTask();

        await hurry.CancelAsync();
        await first.WithinAsync();

        Assert.Equal(1, push.UnsentCount);
        Assert.False(second.IsCompleted);
        await later.CancelAsync();
        await second.WithinAsync();
        Assert.Equal(2, push.UnsentCount);
    }

    [Fact]
    public async Task Disconnect_TokenFiresAfterwards_HasNoEffect()
    {
        await using var context = Join.NewContext();
        using var hurry = new CancellationTokenSource();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, Lingering);
        var endpoint = await Join.ToAsync(pull, push);
        await push.SendAsync("hello", TestTimeout.Token);

        await push.DisconnectAsync(endpoint, hurry.Token).WithinAsync();
        await hurry.CancelAsync();

        Assert.Equal("hello", await pull.NextAsync());
        Assert.Equal(0, push.UnsentCount);
    }

    [Fact]
    public async Task Leave_TokenCancelledAlreadyAndNoSuchEndpoint_SaysSo()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Lingering);

        await Assert.ThrowsAsync<ArgumentException>(async () => await push.DisconnectAsync("tcp://127.0.0.1:1", new CancellationToken(true)));
        await Assert.ThrowsAsync<ArgumentException>(async () => await push.UnbindAsync("tcp://127.0.0.1:1", new CancellationToken(true)));
    }
}
