using System.IO.Pipelines;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>That the peer has left is told while nobody reads what it has sent.</summary>
public sealed class PeerLeavesTests : IAsyncLifetime, IAsyncDisposable
{
    private ConnectedPair _pair = null!;

    private PipeReader Input => _pair.Server.Input;

    private IDirectReader Direct => (IDirectReader)Input;

    public async Task InitializeAsync() => _pair = await ConnectedPair.OverTcpAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    [PollerFact]
    public async Task PEERLEAVES_OctetsAreUnread_ItIsToldAndTheyAreReadAfterwards()
    {
        await SendAsync();
        var told = new Told();
        Direct.TellWhenPeerLeaves(told);

        _pair.Client.CompleteOutput();

        await told.Task.WithinAsync();
        await ReadOneAsync();
        Assert.True((await Input.ReadAsync(TestTimeout.Token)).IsCompleted);
    }

    [PollerFact]
    public async Task PEERLEAVES_ItHasLeftAlready_IsToldAtOnceAndOnce()
    {
        await SendAsync();
        _pair.Client.CompleteOutput();
        var told = new Told();
        Direct.TellWhenPeerLeaves(told);
        await told.Task.WithinAsync();

        // Waits that fill the buffers and go on: with each the system looks at the socket again.
        await WriteAndReadMuchAsync();

        Assert.Equal(1, told.Times);
    }

    [PollerFact]
    public async Task PEERLEAVES_TheConnectionWaitsToSend_ItIsToldAllTheSame()
    {
        await SendAsync();
        var told = new Told();
        Direct.TellWhenPeerLeaves(told);
        var sending = FillAsync();

        _pair.Client.CompleteOutput();

        await told.Task.WithinAsync();
        _pair.Client.Abort();
        await Assert.ThrowsAsync<ZmtpException>(() => sending.WithinAsync());
        Assert.Equal(1, told.Times);
    }

    [PollerFact]
    public async Task PEERLEAVES_SomebodyReadsMeanwhile_TheReadTellsAndNothingElse()
    {
        var told = new Told();
        Direct.TellWhenPeerLeaves(told);
        var reading = Direct.WaitToReadAsync().AsTask();
        Direct.TellWhenPeerLeaves(told);

        _pair.Client.CompleteOutput();

        await reading.WithinAsync();
        Assert.True((await Input.ReadAsync(TestTimeout.Token)).IsCompleted);

        // What it would be told by comes after this on the one thread that hears of the socket.
        await WriteAndReadMuchAsync();
        Assert.Equal(0, told.Times);
    }

    [PollerFact]
    public async Task PEERLEAVES_AbortedWhileWatched_NothingIsTold()
    {
        var told = new Told();
        Direct.TellWhenPeerLeaves(told);

        _pair.Server.Abort();
        Direct.TellWhenPeerLeaves(told);

        await Assert.ThrowsAsync<ZmtpException>(() => Input.ReadAsync(TestTimeout.Token).AsTask());
        Assert.Equal(0, told.Times);
    }

    private async Task SendAsync() => await _pair.Client.Output.WriteAsync(new byte[] { 7 }, TestTimeout.Token);

    private async Task ReadOneAsync()
    {
        var result = await Input.ReadAsync(TestTimeout.Token);
        Assert.Equal([7], result.Buffer.FirstSpan.ToArray());
        Input.AdvanceTo(result.Buffer.End);
    }

    private async Task FillAsync()
    {
        var octets = new byte[1024 * 1024];
        while (true) await _pair.Server.Output.WriteAsync(octets, TestTimeout.Token);
    }

    private async Task WriteAndReadMuchAsync()
    {
        const int Length = 16 * 1024 * 1024;
        var sending = _pair.Server.Output.WriteAsync(new byte[Length], TestTimeout.Token).AsTask();
        for (var rest = (long)Length; rest > 0;)
        {
            var result = await _pair.Client.Input.ReadAsync(TestTimeout.Token);
            Assert.False(result.IsCompleted);
            rest -= result.Buffer.Length;
            _pair.Client.Input.AdvanceTo(result.Buffer.End);
        }

        await sending.WithinAsync();
    }

    private sealed class Told : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _times;

        public Task Task => _told.Task;

        public int Times => Volatile.Read(ref _times);

        public void Execute()
        {
            Interlocked.Increment(ref _times);
            _told.TrySetResult();
        }
    }
}
