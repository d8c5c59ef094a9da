using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>REQ and REP keep their order, also for whoever only waits for a message to be there.</summary>
public class WaitInTurnTests
{
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task REQ_WaitToReceive_FollowsTheRulesOfAReceive(string transport)
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, transport);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await req.WaitToReceiveAsync());

        await req.SendAsync("1", TestTimeout.Token);
        var waiting = req.WaitToReceiveAsync().AsTask();
        Assert.Equal("1", await rep.NextAsync());
        Assert.False(waiting.IsCompleted);
        await rep.SendAsync("reply", TestTimeout.Token);

        Assert.True(await waiting.WithinAsync());
        Assert.True(req.TryReceive(out var reply));
        using (reply) Assert.Equal("reply", reply.AsString());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await req.WaitToReceiveAsync());
    }

    [Fact]
    public async Task REQ_ResetWhileSomebodyWaitsForTheReply_FailsTheWait()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, "inproc");
        await req.SendAsync("1", TestTimeout.Token);
        Assert.Equal("1", await rep.NextAsync());
        Task<bool>[] waiting = [req.WaitToReceiveAsync().AsTask(), req.WaitToReceiveAsync().AsTask(), req.WaitToReceiveAsync().AsTask()];

        req.Reset();

        foreach (var wait in waiting)
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => wait.WithinAsync());
            Assert.Contains("Reset", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task REQ_DisposedBeforeOrMeanwhile_TheWaitIsFalse()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, "inproc");
        await req.SendAsync("1", TestTimeout.Token);
        var waiting = req.WaitToReceiveAsync().AsTask();

        await req.DisposeAsync().WithinAsync();

        Assert.False(await waiting.WithinAsync());
        Assert.False(await req.WaitToReceiveAsync().WithinAsync());
    }

    [Fact]
    public async Task REP_WaitToReceive_FollowsTheRulesOfAReceive()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, "inproc");
        var waiting = rep.WaitToReceiveAsync().AsTask();
        var another = rep.WaitToReceiveAsync().AsTask();
        await req.SendAsync("1", TestTimeout.Token);

        Assert.True(await waiting.WithinAsync());
        Assert.True(await another.WithinAsync());
        Assert.True(rep.TryReceive(out var request));
        using (request) Assert.Equal("1", request.AsString());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await rep.WaitToReceiveAsync());

        await rep.SendAsync("reply", TestTimeout.Token);
        using var source = new CancellationTokenSource();
        var receiving = rep.ReceiveAsync(source.Token).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await rep.WaitToReceiveAsync());
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.WithinAsync());
    }
}
