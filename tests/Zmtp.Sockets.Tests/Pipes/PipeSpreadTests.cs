using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>Which messages gather since others went to other peers just before, of the same socket or of the same thread.</summary>
public sealed class PipeSpreadTests : DisposedTests
{
    private const int Peers = 8;

    private readonly ZmtpContext _context = Searched.NewContext();

    public override async ValueTask DisposeAsync() => await _context.DisposeAsync().WithinAsync();

    [Fact]
    public void ROUTER_SendsToPeerAfterPeer_AllAreCounted()
    {
        var (router, pipes) = NewRouter();
        Assert.False(pipes[0].IsFilledAlone);
        Assert.Equal(1, pipes[0].CountSpread());
        Assert.True(pipes[0].IsFilledAlone);

        // Once more where the machine pauses in the middle, which begins anew.
        Assert.True(SpinWait.SpinUntil(() => pipes.Max(static pipe => pipe.CountSpread()) == Peers, TestTimeout.Default));
        Assert.NotSame(SendBurst.OfThread, router.Burst);

        // Looking at it counts nothing: else this one's count would be over, and one.
        var oneOfMany = pipes.First(static pipe => !pipe.IsFilledAlone);
        for (var i = 0; i < 8 * Peers; i++) Assert.False(oneOfMany.IsFilledAlone);
    }

    /// <summary>Requests of many peers are answered one after the other, too: none of them is the next to its peer.</summary>
    [Fact]
    public void ROUTER_AnswersAPeerInTheMiddleOfABurst_TheAnswerIsAlone()
    {
        var (router, pipes) = NewRouter();

        // All that is not the burst's is done before: once more where the machine pauses all the same.
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                Receive(router, pipes[0]);
                var most = pipes[1..].Max(static pipe => pipe.CountSpread());
                var (answer, next) = (pipes[0].CountSpread(), pipes[0].CountSpread());
                Assert.Equal(1, answer);
                return most == Peers - 1 && next == Peers;
            },
            TestTimeout.Default));
    }

    [Theory]
    [InlineData(SocketType.Push)]
    [InlineData(SocketType.Pair)]
    [InlineData(SocketType.Dealer)]
    public void ManySocketsOfAThread_SendOneAfterTheOther_AllAreCounted(SocketType type)
    {
        var pipes = Enumerable.Range(0, Peers).Select(_ => new Pipe(NewSocket(type), "tcp://x", outlivesConnection: true)).ToArray();
        Assert.True(SpinWait.SpinUntil(() => pipes.Max(static pipe => pipe.CountSpread()) == Peers, TestTimeout.Default));
    }

    [Fact]
    public void PUSH_AnotherPeerComes_NoneIsFilledAlone()
    {
        var push = new PushSocket(_context, Sut.Quick);
        var pipes = Enumerable.Range(0, 2).Select(_ => new Pipe(push, "tcp://x", outlivesConnection: false)).ToArray();
        push.OnPipeAdded(pipes[0]);
        Assert.Equal(1, pipes[0].CountSpread());
        Assert.True(pipes[0].IsFilledAlone);
        push.OnPipeAdded(pipes[1]);
        Assert.False(pipes[0].IsFilledAlone);
    }

    private static void Receive(RouterSocket router, Pipe pipe)
    {
        pipe.EndMessage(pipe.BeginMessage());
        pipe.OnReadEnd();
        Assert.True(router.TryReceive(out var request));
        request.Dispose();
    }

    private (RouterSocket Router, Pipe[] Pipes) NewRouter()
    {
        var router = new RouterSocket(_context, Sut.Quick);
        var pipes = Enumerable.Range(0, Peers).Select(_ => new Pipe(router, "tcp://x", outlivesConnection: true)).ToArray();
        foreach (var pipe in pipes) Assert.Null(router.Admit(pipe, new ZmtpPeer { SocketType = SocketType.Dealer }));
        return (router, pipes);
    }

    private ZmtpSocket NewSocket(SocketType type) => type switch
    {
        SocketType.Push => new PushSocket(_context, Sut.Quick),
        SocketType.Pair => new PairSocket(_context, Sut.Quick),
        _ => new DealerSocket(_context, Sut.Quick),
    };
}
