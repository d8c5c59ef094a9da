using System.Runtime.CompilerServices;
using System.Text;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

/// <summary>A sender whose message has to wait, since the loop is far behind, does the loop's work.</summary>
public sealed class TakeOverTests : IDisposable
{
    private static readonly byte[] All = Hex.Octets("00 01 41 00 01 42 00 01 43");

    private readonly FakeOwner _owner = new();
    private readonly RecordingWriter _output = new();
    private readonly Mechanism _mechanism = NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));
    private readonly ConnectionWriter _writer;

    // The first message leaves on its sender's thread.
    public TakeOverTests()
    {
        _writer = new ConnectionWriter(_mechanism, _output, _owner, error => _output.Fail(error));
        _writer.Send(Write("A"));
    }

    public void Dispose()
    {
        _writer.Dispose();
        _mechanism.Dispose();
    }

    [Fact]
    public async Task SenderIsFarAhead_TheLoopGivesWayAfterItsChunkAndTheSenderGoesOn()
    {
        if (!ConnectionWriter.MayBeTakenOver) return;
        var step = SendStep.Nothing;
        _output.DuringFirstWrite = () => step = Write("C", isFarBehind: true);
        CallLoop();
        await UntilAsync(() => step == SendStep.TakeOver && Turn(_writer) == SendingTurn.Open);
        Assert.Equal(All[..6], await _output.ReadAsync(octets: 6).WithinAsync());
        _output.Watched = Thread.CurrentThread;
        Assert.False(_writer.Send(step));
        Assert.Equal(3, _output.WatchedOctets);
        Assert.Equal(SendingTurn.Free, Turn(_writer));
        await StopAsync();
    }

    [Fact]
    public async Task LoopDoesNotGiveWayInTime_TheSenderGoesAndTheLoopSendsAllOfIt()
    {
        if (!ConnectionWriter.MayBeTakenOver) return;
        using var isOver = new ManualResetEventSlim();
        using var isWriting = new SemaphoreSlim(0);
        var all = _output.ReadAsync(All.Length);
        _output.DuringFirstWrite = () =>
        {
            isWriting.Release();
            isOver.Wait(TestTimeout.Token);
        };
        CallLoop();
        await isWriting.WaitAsync().WithinAsync();
        var step = Write("C", isFarBehind: true);
        Assert.Equal(SendStep.TakeOver, step);
        _output.Watched = Thread.CurrentThread;
        var before = _writer.TakeOverTime;
        Assert.False(_writer.Send(step));
        Assert.True(_writer.TakeOverTime < before);
        for (var i = 0; i < 30; i++) _writer.Send(SendStep.TakeOver);
        Assert.True(_writer.TakeOverTime > TimeSpan.Zero);
        isOver.Set();
        Assert.Equal(All, await all.WithinAsync());
        Assert.Equal(0, _output.WatchedOctets);
        await StopAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LoopWaitsForTheTransport_TheSenderDoesNotWaitInItsPlace(bool hasSenderBegun)
    {
        var pending = new PendingFlush();
        var all = _output.ReadAsync(All.Length);
        _output.FirstWrite = pending;
        var step = Write("B", mayGather: true);
        if (hasSenderBegun) _writer.Flush();
        else _writer.Send(step);
        await pending.IsAwaited.WithinAsync();
        Assert.Equal(SendStep.Nothing, Write("C", isFarBehind: true));
        pending.Complete();
        Assert.Equal(All, await all.WithinAsync());
        await StopAsync();
    }

    [Fact]
    public async Task TwoSendersAreFarAhead_OneTakesOver()
    {
        if (!ConnectionWriter.MayBeTakenOver) return;
        var (first, second) = (SendStep.Here, SendStep.Here);
        _output.DuringFirstWrite = () =>
        {
            first = Write("C", isFarBehind: true);
            second = Write("D", isFarBehind: true);
        };
        CallLoop();
        await UntilAsync(() => first == SendStep.TakeOver && Turn(_writer) == SendingTurn.Open);
        Assert.Equal((SendStep.TakeOver, SendStep.Nothing), (first, second));
        _writer.Send(first);
        Assert.Equal(12, _output.Count);
        await StopAsync();
    }

    [Fact]
    public async Task ConnectionEndsOnceTheLoopHasGivenWay_NothingIsSentAndTheEndWaitsForNobody()
    {
        if (!ConnectionWriter.MayBeTakenOver) return;
        var step = SendStep.Nothing;
        _output.DuringFirstWrite = () => step = Write("C", isFarBehind: true);
        CallLoop();
        await UntilAsync(() => step == SendStep.TakeOver && Turn(_writer) == SendingTurn.Open);
        await StopAsync();
        Assert.False(_writer.Send(step));
        Assert.Equal(6, _output.Count);
    }

    [Fact]
    public async Task ConnectionEndsMeanwhile_TheSenderSendsNothing()
    {
        if (!ConnectionWriter.MayBeTakenOver) return;
        var step = SendStep.Nothing;
        _output.DuringFirstWrite = () =>
        {
            step = Write("C", isFarBehind: true);
            _writer.Stop();
        };
        CallLoop();
        await UntilAsync(() => Turn(_writer) == SendingTurn.Free);
        Assert.Equal(SendStep.TakeOver, step);
        Assert.False(_writer.Send(step));
        Assert.Equal(6, _output.Count);
        await StopAsync();
    }

    /// <summary>The loop has been called and has not come yet, or never will: who would wait for room does not wait for it.</summary>
    [Fact]
    public async Task CallerFindsNoRoomAndTheTurnIsOpen_ItSendsWhatWaits()
    {
        Assert.Equal(SendStep.Call, Write("B", mayGather: true));
        Write("C");
        _output.Watched = Thread.CurrentThread;
        Assert.True(_writer.TrySendForRoom());
        Assert.Equal(6, _output.WatchedOctets);
        Assert.Equal(SendingTurn.Free, Turn(_writer));
        await StopAsync();
    }

    /// <summary>Who was full is not one that comes back to flush: what gathers next is not left to it.</summary>
    [Fact]
    public async Task CallerFindsNoRoomAndSendsMuch_IsNotBelievedToFlushTheNext()
    {
        for (var burst = 0; burst < 3; burst++)
        {
            Assert.Equal(SendStep.Call, Write("1", mayGather: true));
            for (var i = 0; i < 200; i++) Write("2", mayGather: true);
            Assert.True(_writer.TrySendForRoom());
        }

        await StopAsync();
    }

    [Fact]
    public async Task CallerFindsNoRoomAndItsWriteHasToWait_TheLoopEndsItAndSendsTheRest()
    {
        var pending = new PendingFlush();
        var all = _output.ReadAsync(All.Length);
        _output.FirstWrite = pending;
        Write("B", mayGather: true);
        Assert.True(_writer.TrySendForRoom());
        await pending.IsAwaited.WithinAsync();
        Write("C");
        pending.Complete();
        Assert.Equal(All, await all.WithinAsync());
        await StopAsync();
    }

    [Fact]
    public async Task CallerFindsNoRoomAndNothingWaits_ItSendsNothing()
    {
        Assert.False(_writer.TrySendForRoom());
        Assert.Equal(3, _output.Count);
        await StopAsync();
    }

    [Fact]
    public async Task CallerFindsNoRoomWhileTheLoopWaitsForTheTransport_ItSendsNothing()
    {
        var pending = new PendingFlush();
        _output.FirstWrite = pending;
        CallLoop();
        await pending.IsAwaited.WithinAsync();
        Write("C");
        _output.Watched = Thread.CurrentThread;
        Assert.False(_writer.TrySendForRoom());
        Assert.Equal(0, _output.WatchedOctets);
        pending.Complete();
        Assert.Equal(All, await _output.ReadAsync(All.Length).WithinAsync());
        await StopAsync();
    }

    [Fact]
    public async Task CallerFindsNoRoomAfterTheEnd_ItSendsNothing()
    {
        Write("B", mayGather: true);
        _writer.Stop();
        Assert.False(_writer.TrySendForRoom());
        Assert.Equal(3, _output.Count);
        await StopAsync();
    }

    private SendStep Write(string text, bool mayGather = false, bool isFarBehind = false)
    {
        lock (_owner.Gate)
        {
            _writer.WriteFrame(Encoding.ASCII.GetBytes(text), more: false);
            return _writer.Begin(mayGather, isFarBehind);
        }
    }

    // What may gather is never sent alone.
    private void CallLoop()
    {
        var step = Write("B", mayGather: true);
        Assert.Equal(SendStep.Call, step);
        _writer.Send(step);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var until = TestTimeout.Token; !isSo(); await Task.Yield()) until.ThrowIfCancellationRequested();
    }

    private Task StopAsync() => _writer.StopAsync().WithinAsync();

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_turn")]
    private static extern ref SendingTurn Turn(ConnectionWriter writer);
}
