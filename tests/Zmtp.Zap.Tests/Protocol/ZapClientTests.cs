using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class ZapClientTests
{
    [Fact]
    [Spec("ZAP-20", "ZAP-28")]
    public async Task CLIENT_Success_GivesTheVerdict()
    {
        var client = new ZapClient(new DelegateChannel((request, _) => Reply(request, "200", "joe")));
        var result = await client.AuthenticateAsync(Frames.Null(), TestTimeout.Token).WithinAsync();
        Assert.Equal((AuthenticationStatus.Success, "joe"), (result.Status, result.UserId));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(86_401)]
    [InlineData(5_000_000)]
    public void CLIENT_TimeoutOutOfRange_IsRefused(int seconds)
    {
        var channel = new DelegateChannel((request, _) => Reply(request, "200", ""));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ZapClient(channel, TimeSpan.FromSeconds(seconds)));
        _ = new ZapClient(channel, TimeSpan.FromDays(1));
    }

    /// <summary>A request whose answer nobody waits for any more, for whatever reason, is given up.</summary>
    [Fact]
    public async Task CLIENT_WaitFails_GivesTheRequestUp()
    {
        var asked = new TaskCompletionSource<CancellationToken>();
        var client = new ZapClient(
            new DelegateChannel((_, token) =>
            {
                asked.SetResult(token);
                return new(new TaskCompletionSource<IReadOnlyList<ReadOnlyMemory<byte>>>().Task);
            }),
            time: new BrokenTime());
        await Assert.ThrowsAsync<NotSupportedException>(
            () => client.AuthenticateAsync(Frames.Null(), TestTimeout.Token).AsTask().WithinAsync());
        Assert.True((await asked.Task.WithinAsync()).IsCancellationRequested);
    }

    [Fact]
    [Spec("ZAP-06", "ZAP-11")]
    public async Task CLIENT_ConcurrentRequests_HaveDistinctIds()
    {
        var ids = new ConcurrentBag<string>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var client = new ZapClient(new DelegateChannel(async (request, _) =>
        {
            ids.Add(Frames.Text(request)[1]);
            if (ids.Count == 50) all.TrySetResult();
            await all.Task;
            return await Reply(request, "200", "");
        }));
        var answers = Enumerable.Range(0, 50).Select(_ => client.AuthenticateAsync(Frames.Null(), TestTimeout.Token).AsTask());
        var results = await Task.WhenAll(answers).WithinAsync();
        Assert.All(results, result => Assert.Equal(AuthenticationStatus.Success, result.Status));
        Assert.Equal(50, ids.Distinct().Count());
    }

    [Fact]
    [Spec("ZAP-48")]
    public async Task CLIENT_HandlerNeverAnswers_IsATemporaryErrorAfterTheTimeout()
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource<CancellationToken>();
        var client = new ZapClient(
            new DelegateChannel((_, token) =>
            {
                asked.SetResult(token);

                // A channel that does not heed its token must not hold the handshake either.
                return new(new TaskCompletionSource<IReadOnlyList<ReadOnlyMemory<byte>>>().Task);
            }),
            TimeSpan.FromSeconds(5),
            time);
        var answer = client.AuthenticateAsync(Frames.Null(), TestTimeout.Token).AsTask();
        var channelToken = await asked.Task.WithinAsync();
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(answer.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        var result = await answer.WithinAsync();
        Assert.Equal(AuthenticationStatus.TemporaryError, result.Status);
        Assert.True(channelToken.IsCancellationRequested);
    }

    [Fact]
    public async Task CLIENT_CallerGivesUp_IsCancelled()
    {
        using var giveUp = new CancellationTokenSource();
        var channelToken = CancellationToken.None;
        var client = new ZapClient(
            new DelegateChannel((_, token) =>
            {
                channelToken = token;
                return new(new TaskCompletionSource<IReadOnlyList<ReadOnlyMemory<byte>>>().Task);
            }));
        var answer = client.AuthenticateAsync(Frames.Null(), giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WithinAsync());

        // Else a channel that waits for a handler would wait for ever, one for each peer that is sent away meanwhile.
        Assert.True(channelToken.IsCancellationRequested);
    }

    [Fact]
    [Spec("ZAP-25")]
    public async Task CLIENT_MalformedReply_Throws()
    {
        var client = new ZapClient(new DelegateChannel((_, _) => ValueTask.FromResult(Frames.Of("1.0"))));
        var error = await Assert.ThrowsAsync<ZmtpProtocolException>(
            () => client.AuthenticateAsync(Frames.Null(), TestTimeout.Token).WithinAsync());
        Assert.Equal(ProtocolError.ZapMalformedReply, error.Error);
    }

    [Fact]
    [Spec("ZAP-49")]
    public async Task CLIENT_HandlerVanishes_Throws()
    {
        var gone = new ZmtpException("The handler left.", FaultOrigin.Local, mayRetry: true);
        var client = new ZapClient(new DelegateChannel((_, _) => ValueTask.FromException<IReadOnlyList<ReadOnlyMemory<byte>>>(gone)));
        var error = await Assert.ThrowsAsync<ZmtpException>(
            () => client.AuthenticateAsync(Frames.Null(), TestTimeout.Token).WithinAsync());
        Assert.Same(gone, error);
    }

    [Fact]
    public async Task CLIENT_AfterTheReply_NoPasswordIsLeftInTheFrames()
    {
        IReadOnlyList<ReadOnlyMemory<byte>> sent = [];
        var client = new ZapClient(new DelegateChannel((request, _) =>
        {
            sent = request;
            Assert.Equal("secret", Frames.Text(request)[^1]);
            return Reply(request, "400", "");
        }));
        await client.AuthenticateAsync(Frames.Plain("joe", "secret"), TestTimeout.Token).WithinAsync();
        Assert.Equal(new byte[6], sent[^1].ToArray());
    }

    [Fact]
    public async Task CLIENT_HandlerVanishes_NoPasswordIsLeftInTheFrames()
    {
        IReadOnlyList<ReadOnlyMemory<byte>> sent = [];
        var client = new ZapClient(new DelegateChannel((request, _) =>
        {
            sent = request;
            throw new ZmtpException("The handler left.", FaultOrigin.Local, mayRetry: true);
        }));
        await Assert.ThrowsAsync<ZmtpException>(
            () => client.AuthenticateAsync(Frames.Plain("joe", "secret"), TestTimeout.Token).WithinAsync());
        Assert.Equal(new byte[6], sent[^1].ToArray());
    }

    [Fact]
    public async Task CLIENT_CallerGivesUp_ThePasswordIsErasedOnceTheChannelHasEnded()
    {
        IReadOnlyList<ReadOnlyMemory<byte>> sent = [];
        var handler = new TaskCompletionSource<IReadOnlyList<ReadOnlyMemory<byte>>>();
        using var giveUp = new CancellationTokenSource();
        var client = new ZapClient(new DelegateChannel((request, _) =>
        {
            sent = request;
            return new(handler.Task);
        }));
        var answer = client.AuthenticateAsync(Frames.Plain("joe", "secret"), giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WithinAsync());
        Assert.Equal("secret", Frames.Text(sent)[^1]);

        // On the pool what follows the channel's end runs within the call; in the test's own context it would be queued.
        await Task.Run(() => handler.SetCanceled(CancellationToken.None)).WithinAsync();
        Assert.Equal(new byte[6], sent[^1].ToArray());
    }

    private static ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> Reply(
        IReadOnlyList<ReadOnlyMemory<byte>> request, string code, string userId) =>
        ValueTask.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>(
            [Frames.Octets("1.0"), request[1], Frames.Octets(code), default, Frames.Octets(userId), default]);

    private sealed class BrokenTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            throw new NotSupportedException();
    }
}
