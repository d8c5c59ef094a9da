using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Behaviour;

/// <summary>Why a connection within the process ended, and who is told.</summary>
public class InprocCauseTests
{
    private static readonly SocketOptions NeverAgain = Sut.Quick with { ReconnectInterval = Timeout.InfiniteTimeSpan };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task INPROC_OneEndCloses_TheOtherHearsThatThePeerDid(bool closesBound)
    {
        await using var context = Join.NewContext();
        var pull = new PullSocket(context, Sut.Quick);
        var push = new PushSocket(context, Sut.Quick);
        ZmtpSocket closes = closesBound ? pull : push;
        ZmtpSocket stays = closesBound ? push : pull;
        await Join.ToAsync(pull, push, "inproc");
        var left = new EventLog(stays);
        var leaving = new EventLog(closes);

        await closes.DisposeAsync();

        Assert.Equal(FaultOrigin.Network, (await left.NextAsync(SocketEventKind.Disconnected)).Error?.Origin);
        Assert.Null((await leaving.NextAsync(SocketEventKind.Disconnected)).Error);
    }

    [Fact]
    public async Task INPROC_RequestIsGivenUp_OnlyThePeerWasLeft()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, "inproc");
        var left = new EventLog(rep);
        var leaving = new EventLog(req);
        await req.SendAsync("given up", TestTimeout.Token);

        req.Reset();

        Assert.Equal(FaultOrigin.Network, (await left.NextAsync(SocketEventKind.Disconnected)).Error?.Origin);
        Assert.Null((await leaving.NextAsync(SocketEventKind.Disconnected)).Error);
    }

    [Fact]
    public async Task INPROC_EndpointIsGivenUpWithThePeer_WhoWaitsForOneIsTold()
    {
        await using var context = Join.NewContext();
        var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, NeverAgain);
        await Join.ToAsync(pull, push, "inproc");
        var events = new EventLog(push);

        await pull.DisposeAsync();

        var stopped = await events.NextAsync(SocketEventKind.ConnectStopped);
        Assert.NotNull(stopped.Error);
        await Assert.ThrowsAsync<ZmtpException>(() => push.WaitForPeerAsync(Timeout.InfiniteTimeSpan).WithinAsync());
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task RESET_EndpointIsNotConnectedAgain_WhoWaitsForAPeerIsTold(string transport)
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, NeverAgain);
        await Join.ToAsync(rep, req, transport);
        var events = new EventLog(req);
        await req.SendAsync("given up", TestTimeout.Token);

        req.Reset();

        await events.NextAsync(SocketEventKind.ConnectStopped);
        await Assert.ThrowsAsync<ZmtpException>(() => req.WaitForPeerAsync(Timeout.InfiniteTimeSpan).WithinAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task INPROC_BoundWhileSomebodyWaits_ListeningIsToldFirst(bool isReady)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = Join.Fresh("inproc");
        if (isReady) push.Connect(endpoint);

        await pull.BindAsync(endpoint);
        if (!isReady) push.Connect(endpoint);

        Assert.Equal(
            SocketEventKind.Listening, (await events.NextAsync(SocketEventKind.Listening, SocketEventKind.HandshakeSucceeded)).Kind);
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);
    }
}
