using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Whoever stops a writer gives the transport back next, which must not be while somebody writes to it.</summary>
public sealed class StoppedWriterTests : IDisposable
{
    private readonly Mechanism _mechanism = NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));
    private readonly FakeOwner _owner = new();
    private readonly RecordingWriter _output = new();
    private readonly ManualResetEventSlim _gate = new();
    private readonly ConnectionWriter _writer;
    private Exception? _failure;

    public StoppedWriterTests() => _writer = new ConnectionWriter(_mechanism, _output, _owner, error => _failure = error);

    public void Dispose()
    {
        _gate.Set();
        _writer.Dispose();
        _mechanism.Dispose();
        _gate.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_ACallerIsInTheMiddleOfAWrite_IsOverWhenThatOneIs(bool fails)
    {
        _output.DuringFirstWrite = () =>
        {
            _gate.Wait(TestTimeout.Default);
            if (fails) throw new IOException("The peer has left.");
        };
        var sending = Blocking.RunToItsWait(Send);

        var stopping = _writer.StopAsync();

        Assert.False(stopping.IsCompleted, "The transport is still being written to.");
        _gate.Set();
        await stopping.WithinAsync();
        await sending.WithinAsync();
        Assert.Equal(fails, _failure is IOException);
    }

    /// <summary>The loop, which waits for it in the caller's place, must still be there.</summary>
    [Fact]
    public async Task Stop_ACallersWriteThenWaitsForThePeer_IsOverWhenThatOneIs()
    {
        var pending = new PendingFlush();
        _output.FirstWrite = pending;
        _output.DuringFirstWrite = () => _gate.Wait(TestTimeout.Default);
        var sending = Blocking.RunToItsWait(Send);

        var stopping = _writer.StopAsync();
        _gate.Set();
        await sending.WithinAsync();

        await pending.IsAwaited.WithinAsync();
        Assert.False(stopping.IsCompleted, "The transport is still being written to.");
        pending.Complete();
        await stopping.WithinAsync();
    }

    private void Send()
    {
        SendStep step;
        lock (_owner.Gate)
        {
            _writer.WriteFrame("A"u8, more: false);
            step = _writer.Begin();
        }

        Assert.Equal(SendStep.Here, step);
        _writer.Send(step);
    }
}
