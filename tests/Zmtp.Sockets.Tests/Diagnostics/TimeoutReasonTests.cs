using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>A call whose time is over says why nobody is there, where the socket knows it.</summary>
public class TimeoutReasonTests
{
    private static readonly SocketOptions Hasty = Sut.Quick with { SendTimeout = Moment, ReceiveTimeout = Moment };

    private static TimeSpan Moment => TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task TIMEOUT_NobodyListens_SaysSo()
    {
        await using var nobody = RawListener.Reserve();
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context, Hasty);
        await using var pull = new PullSocket(context, Hasty);
        await using var push = new PushSocket(context, Hasty with { Immediate = true });
        using var message = Message.Of("still", "mine");
        foreach (var socket in (ZmtpSocket[])[req, pull, push])
        {
            socket.Connect(nobody.Endpoint);
            await HasFailedAsync(socket);
        }

        req.Send("a request");
        foreach (var call in new Action[]
                 {
                     () => req.Receive(), () => req.Receive(Moment), () => pull.Receive(), () => pull.Receive(Moment),
                     () => push.Send("x"), () => push.Send("x"u8), () => push.Send(message),
                 })
        {
            var error = Assert.Throws<TimeoutException>(call);
            Assert.Contains("0.001 s", error.Message, StringComparison.Ordinal);
            var reason = Assert.IsAssignableFrom<ZmtpException>(error.InnerException);
            Assert.Contains("nobody listens there", reason.Message, StringComparison.Ordinal);
            Assert.EndsWith($"No peer is connected: {reason.Message}", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("mine", message.AsString(1));
    }

    [Fact]
    public async Task TIMEOUT_OnlyEndpointWasGivenUp_SaysThatNobodyWillComeAndWhy()
    {
        await using var context = Join.NewContext();
        await using var wrong = new PubSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Hasty);
        var events = new EventLog(push);
        push.Connect(await wrong.BindAsync("tcp://127.0.0.1:*"));
        await events.NextAsync(SocketEventKind.ConnectStopped);

        var error = Assert.Throws<TimeoutException>(() => push.Send("x"));

        var reason = Assert.IsType<ZmtpProtocolException>(error.InnerException);
        Assert.Equal(ProtocolError.IncompatibleSocketType, reason.Error);
        Assert.EndsWith($"no endpoint is left by which one could come: {reason.Message}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TIMEOUT_PeerIsThereOrNothingIsKnown_SaysNothingOfAnOlderFailure(bool isThere)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Hasty with { ReceiveHighWaterMark = 1 });
        await using var push = new PushSocket(context, Hasty with { SendHighWaterMark = 1, Immediate = true });
        await Join.ToAsync(pull, push, "inproc");
        if (isThere) Array.ForEach<ZmtpSocket>([pull, push], socket => socket.Lobby.Note(new("It failed.", FaultOrigin.Network, mayRetry: true)));
        else await pull.UnbindAsync(pull.BoundEndpoints[0]);
        if (!isThere) Assert.True(SpinWait.SpinUntil(() => pull.PeerCount == 0, TestTimeout.Default));

        var received = Assert.Throws<TimeoutException>(() => pull.Receive());

        Assert.Null(received.InnerException);
        Assert.Equal("No message came within 0.001 s.", received.Message);
        if (!isThere) return;
        while (push.TrySend("x")) continue;
        var sent = Assert.Throws<TimeoutException>(() => push.Send("x"));
        Assert.Null(sent.InnerException);
        Assert.EndsWith("Check that a peer is connected and that it receives.", sent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CANCELLATION_NobodyListens_StaysWhatItIs()
    {
        await using var nobody = RawListener.Reserve();
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Hasty);
        pull.Connect(nobody.Endpoint);
        await HasFailedAsync(pull);
        using var stop = new CancellationTokenSource();
        var receiving = pull.ReceiveAsync(stop.Token).AsTask();
        await stop.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.WithinAsync());

        Assert.Equal(stop.Token, error.CancellationToken);
        Assert.Null(error.InnerException);
    }

    /// <summary>Before an attempt has failed, it is only the time that is over.</summary>
    private static async Task HasFailedAsync(ZmtpSocket socket)
    {
        var until = TestTimeout.Token;
        while (await Record.ExceptionAsync(() => socket.WaitForPeerAsync(Moment)) is TimeoutException) until.ThrowIfCancellationRequested();
    }
}
