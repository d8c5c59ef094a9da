using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>ROUTER: the peer at an endpoint it connects to comes back under another Identity while somebody sends to the first.</summary>
public sealed class RouterSuccessorTests
{
    private static readonly ZmtpPeer First = new() { SocketType = SocketType.Dealer, Identity = "first"u8.ToArray() };
    private static readonly ZmtpPeer Second = new() { SocketType = SocketType.Dealer, Identity = "second"u8.ToArray() };

    [Fact]
    public async Task ROUTER_AnotherPeerComesInTheMiddleOfASend_TheMessageIsDropped()
    {
        await using var context = Searched.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick);
        var pipe = Away(router);

        SendWhile(pipe, () => Assert.True(router.TrySend(Message.Of("first", "x"))), () => Assert.Null(router.Admit(pipe, Second)));

        Assert.Equal(0, pipe.Pending);
        Assert.True(router.TrySend(Message.Of("second", "y")));
        Assert.Equal(1, pipe.Pending);
    }

    [Fact]
    public async Task ROUTER_MandatoryAndAnotherPeerComesInTheMiddleOfASend_ThrowsAndTheMessageIsStillTheCallers()
    {
        await using var context = Searched.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick with { RouterMandatory = true });
        var pipe = Away(router);
        using var message = Message.Of("first", "x");

        SendWhile(
            pipe, () => Assert.Throws<HostUnreachableException>(() => router.Send(message)), () => Assert.Null(router.Admit(pipe, Second)));

        Assert.Equal(0, pipe.Pending);
        Assert.Equal("x", message.AsString(1));
    }

    [Fact]
    public async Task ROUTER_TheSamePeerComesBackInTheMiddleOfASend_TheMessageWaitsForIt()
    {
        await using var context = Searched.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick);
        var pipe = Away(router);
        var again = new ZmtpPeer { SocketType = SocketType.Dealer, Identity = "first"u8.ToArray() };

        SendWhile(pipe, () => Assert.True(router.TrySend(Message.Of("first", "x"))), () => Assert.Null(router.Admit(pipe, again)));

        Assert.Equal(1, pipe.Pending);
    }

    /// <summary>The peer that was there may have come another way: it must not be kept out by the place that waits for it.</summary>
    [Fact]
    public async Task ROUTER_APeerComesElsewhereWithTheIdentityOfOneThatIsAway_HasTheIdAndTheOtherIsRefused()
    {
        await using var context = Searched.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick);
        var away = Away(router);
        var here = new Pipe(router, "tcp://y", outlivesConnection: false);

        Assert.Null(router.Admit(here, First));

        Assert.True(router.TrySend(Message.Of("first", "x")));
        Assert.Equal((0, 1), (away.Pending, here.Pending));
        Assert.Equal(ProtocolError.InvalidIdentity, Assert.IsType<ZmtpProtocolException>(router.Admit(away, First)).Error);
    }

    /// <summary>A pipe whose connection to the first peer is gone, and which waits for the next.</summary>
    private static Pipe Away(RouterSocket router)
    {
        var pipe = new Pipe(router, "tcp://x", outlivesConnection: true);
        Assert.Null(router.Admit(pipe, First));
        router.OnDetached(pipe);
        return pipe;
    }

    /// <summary>Something happens when the one who sends has found the pipe and is about to enter its gate.</summary>
    private static void SendWhile(Pipe pipe, Action send, Action meanwhile)
    {
        Exception? failure = null;
        var sender = new Thread(() => failure = Record.Exception(send)) { IsBackground = true };
        lock (pipe.Gate)
        {
            sender.Start();
            Assert.True(SpinWait.SpinUntil(() => (sender.ThreadState & ThreadState.WaitSleepJoin) != 0, TestTimeout.Default));
            meanwhile();
        }

        Assert.True(sender.Join(TestTimeout.Default));
        Assert.Null(failure);
    }
}
