using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>ROUTER: which messages gather since others went to other peers just before.</summary>
public sealed class RouterSpreadTests : IAsyncDisposable
{
    private const int Peers = 8;

    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly RouterSocket _router;
    private readonly Pipe[] _pipes;

    public RouterSpreadTests()
    {
        _router = new RouterSocket(_context, Sut.Quick);
        _pipes = [.. Enumerable.Range(0, Peers).Select(_ => new Pipe(_router, "tcp://x", outlivesConnection: true))];
        foreach (var pipe in _pipes) Assert.Null(_router.Admit(pipe, new ZmtpPeer { SocketType = SocketType.Dealer }));
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync().WithinAsync();

    [Fact]
    public void ROUTER_SendsToPeerAfterPeer_AllAreCounted()
    {
        Assert.Equal(1, _pipes[0].Spread);

        // A machine that pauses in the middle begins anew.
        Assert.True(SpinWait.SpinUntil(() => _pipes.Max(static pipe => pipe.Spread) == Peers, TestTimeout.Default));
    }

    /// <summary>Requests of many peers are answered one after the other, too: none of them is the next to its peer.</summary>
    [Fact]
    public void ROUTER_AnswersPeerAfterPeer_EachAnswerIsAlone()
    {
        foreach (var pipe in _pipes)
        {
            pipe.EndMessage(pipe.BeginMessage());
            pipe.OnReadEnd();
            Assert.True(_router.TryReceive(out var request));
            request.Dispose();

            Assert.Equal(1, pipe.Spread);
        }
    }
}
