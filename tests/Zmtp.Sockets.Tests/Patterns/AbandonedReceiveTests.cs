using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>Receives that still wait when their request is over: they must not take the reply to the next one.</summary>
public class AbandonedReceiveTests
{
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task REQ_ResetWhileAReceiveWaits_FailsItAndTheNextReplyGoesToTheNextReceive(string transport)
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, transport);
        await req.SendAsync("1", TestTimeout.Token);
        Assert.Equal("1", await rep.NextAsync());
        var abandoned = req.ReceiveAsync().AsTask();

        req.Reset();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => abandoned.WithinAsync());
        Assert.Contains("Reset", error.Message, StringComparison.Ordinal);
        await ExpectNextRequestAnsweredAsync(req, rep);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task REQ_ResetWhileAThreadIsBlockedInReceive_EndsItsWaitWithTheSameError(string transport)
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, transport);
        await req.SendAsync("1", TestTimeout.Token);
        Assert.Equal("1", await rep.NextAsync());
        var receiving = Blocking.RunToItsWait(() =>
        {
            using var message = req.Receive(TestTimeout.Default);
        });

        req.Reset();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => receiving.WithinAsync(seconds: 10));
        Assert.Contains("Reset", error.Message, StringComparison.Ordinal);
        await ExpectNextRequestAnsweredAsync(req, rep);
    }

    [Fact]
    public async Task REQ_ResetWhileAThreadLooksForItsReply_ItDoesNotTakeTheNextOne()
    {
        // Before it gets in line a thread looks around for some milliseconds: now it is caught there, now in line.
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, "inproc");
        for (var i = 0; i < 50; i++)
        {
            await req.SendAsync("1", TestTimeout.Token);
            Assert.Equal("1", await rep.NextAsync());
            using var isThere = new ManualResetEventSlim();
            var receiving = Blocking.RunAsync(() =>
            {
                isThere.Set();
                using var message = req.Receive(TestTimeout.Default);
            });
            Assert.True(isThere.Wait(TestTimeout.Default));

            req.Reset();

            // The thread may also come too late for its own request: then it hears that none is under way.
            await Assert.ThrowsAsync<InvalidOperationException>(() => receiving.WithinAsync(seconds: 10));
            await ExpectNextRequestAnsweredAsync(req, rep);
        }
    }

    /// <summary>As one that was left to itself when its time was over, and followed by another.</summary>
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task REQ_TwoReceivesWaitForOneReply_TheSecondFailsAndTheNextReplyGoesToTheNextReceive(string transport)
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, transport);
        await req.SendAsync("1", TestTimeout.Token);
        Assert.Equal("1", await rep.NextAsync());
        var first = req.ReceiveAsync().AsTask();
        var second = req.ReceiveAsync().AsTask();
        var watching = req.WaitToReceiveAsync().AsTask();

        await rep.SendAsync("reply to 1", TestTimeout.Token);

        using (var reply = await first.WithinAsync()) Assert.Equal("reply to 1", reply.AsString());
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => second.WithinAsync());
        Assert.Contains("another", error.Message, StringComparison.Ordinal);
        Assert.Same(watching, await Task.WhenAny(watching).WithinAsync());
        await req.SendAsync("2", TestTimeout.Token);
        Assert.Equal("2", await rep.NextAsync());
        await rep.SendAsync("reply to 2", TestTimeout.Token);
        Assert.Equal("reply to 2", await req.NextAsync());
    }

    private static async Task ExpectNextRequestAnsweredAsync(ReqSocket req, RepSocket rep)
    {
        await rep.SendAsync("late", TestTimeout.Token);
        await req.SendAsync("2", TestTimeout.Token);
        Assert.Equal("2", await rep.NextAsync());
        await rep.SendAsync("reply to 2", TestTimeout.Token);
        Assert.Equal("reply to 2", await req.NextAsync());
    }
}
