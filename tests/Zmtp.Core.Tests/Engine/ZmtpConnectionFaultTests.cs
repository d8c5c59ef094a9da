using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Core.Tests.Engine;

/// <summary>What a connection does while the machine, or a transport of the application's, does what it should not.</summary>
public sealed class ZmtpConnectionFaultTests : DisposedTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly HeartbeatOptions EachSecond = new(Second, Second, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new();
    private readonly List<Exception> _told = [];
    private readonly FakeOwner _owner = new();
    private readonly InMemoryConnection _client;
    private readonly FaultyConnection _here;

    public ZmtpConnectionFaultTests()
    {
        (_client, var server) = InMemoryConnection.CreatePair();
        _here = new FaultyConnection(server);
    }

    public override async ValueTask DisposeAsync() => await _client.DisposeAsync();

    /// <summary>The process stood still, and the clock is quicker than whoever tells of the octets that came meanwhile.</summary>
    [Fact]
    [Spec("ZMTP31-52")]
    public async Task Heartbeat_TheTimeIsOverAndWhatCameIsNotReadYet_IsReadFirst()
    {
        await using var connection = await ShakeHandsAsync(EachSecond, _time);
        var input = new ScriptedReader();
        _here.OtherInput = input;
        _here.AfterAbort = input.End;
        var running = connection.RunAsync(_owner);
        await input.Waiting.WithinAsync();
        _time.Advance(Second);

        input.Arrive(Octets.Command("PONG"));
        _time.Advance(60 * Second);

        Assert.False(running.IsCompleted, "It was taken for dead.");
        Assert.True(connection.HasReceived);
        _time.Advance(Second);
        _time.Advance(Second);
        var error = Assert.IsType<ZmtpProtocolException>(await running.WithinAsync());
        Assert.Equal(ProtocolError.HeartbeatTimeout, error.Error);
    }

    /// <summary>The process stood still, and the clock is quicker than whoever has been told of the octets and is on its way to them.</summary>
    [Fact]
    [Spec("ZMTP31-52")]
    public async Task Heartbeat_TheTimeIsOverWhileTheLoopIsAboutToRead_IsReadFirst()
    {
        using var reads = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        await using var connection = await ShakeHandsAsync(EachSecond, _time);
        var input = new ScriptedReader
        {
            BeforeRead = () =>
            {
                reads.Set();
                goOn.Wait(2 * TestTimeout.Default);
            },
        };
        var isAborted = false;
        _here.OtherInput = input;
        _here.AfterAbort = () =>
        {
            isAborted = true;
            input.End();
        };
        var running = connection.RunAsync(_owner);
        await input.Waiting.WithinAsync();
        _time.Advance(Second);

        try
        {
            input.Arrive(Octets.Command("PONG"), tell: true);
            Assert.True(reads.Wait(TestTimeout.Default));
            _time.Advance(60 * Second);
            Assert.False(isAborted, "It was taken for dead.");
        }
        finally
        {
            goOn.Set();
        }

        Assert.True(SpinWait.SpinUntil(() => connection.HasReceived, TestTimeout.Default));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(isAborted, "It was taken for dead after all.");
        Assert.True(SpinWait.SpinUntil(() =>
        {
            _time.Advance(Second);
            return isAborted;
        }, TestTimeout.Default));
        var error = Assert.IsType<ZmtpProtocolException>(await running.WithinAsync());
        Assert.Equal(ProtocolError.HeartbeatTimeout, error.Error);
    }

    [Fact]
    public async Task Heartbeat_ThereIsNoMemoryToEndTheConnection_TheClockTriesAgain()
    {
        await using var connection = await ShakeHandsAsync(EachSecond, _time);
        var input = new ScriptedReader();
        var aborts = 0;
        _here.OtherInput = input;
        _here.AfterAbort = () =>
        {
            if (++aborts == 1) _ = new byte[int.MaxValue];
            input.End();
        };
        var running = connection.RunAsync(_owner);
        await input.Waiting.WithinAsync();
        _time.Advance(Second);

        // Nobody catches what this throws where the clock is the system's.
        _time.Advance(Second);
        Assert.Equal(1, aborts);
        _time.Advance(Second);

        Assert.IsType<ZmtpProtocolException>(await running.WithinAsync());
    }

    [Fact]
    public async Task Leave_ThereIsNoMemoryToEndTheConnectionWhenTheTimeIsOver_TheClockTriesAgain()
    {
        await using var connection = await ShakeHandsAsync(HeartbeatOptions.Off, _time);
        var input = new ScriptedReader();
        var aborts = 0;
        _here.OtherInput = input;
        _here.AfterAbort = () =>
        {
            // What is read off ends with the second, not with the first: that end aborts too, on a thread of its own.
            if (Interlocked.Increment(ref aborts) == 1) _ = new byte[int.MaxValue];
            input.End();
        };
        var running = connection.RunAsync(_owner);
        await input.Waiting.WithinAsync();
        connection.Leave(TimeSpan.Zero);
        await running.WithinAsync();

        _time.Advance(ZmtpConnection.Goodbye);
        Assert.Equal(1, aborts);
        _time.Advance(ZmtpConnection.Goodbye);

        Assert.InRange(aborts, 2, int.MaxValue);
        await connection.Gone.WithinAsync();
    }

    /// <summary>Of the loop, which waits for octets, nobody else would say so.</summary>
    [Fact]
    public async Task Leave_WhileAGuestReadsTheBeginningOfAMessage_WhatThereIsOfItIsGivenBack()
    {
        await using var connection = await ShakeHandsAsync(HeartbeatOptions.Off, _time);
        var input = new ScriptedReader();
        _here.OtherInput = input;
        _here.AfterAbort = input.End;
        var running = connection.RunAsync(_owner);
        await input.Waiting.WithinAsync();
        _owner.OnRead = () => connection.Leave(TimeSpan.MaxValue);
        input.Arrive(Octets.Join(Hex.Octets("02 00 00 00 00 00 10 00 00"), new byte[10_000]));

        Assert.True(connection.TryRead());

        await running.WithinAsync();
        Assert.NotNull(_owner.Begun);
        Assert.True(SpinWait.SpinUntil(() => !_owner.IsBegunKept, TestTimeout.Default), "It is kept.");
        Assert.False(connection.Gone.IsCompleted);
        _time.Advance(ZmtpConnection.LongestGoodbye);
        await connection.Gone.WithinAsync();
    }

    /// <summary>What is left of the linger, but not for ever, and not without a moment for a peer that hangs up as it should.</summary>
    [Theory]
    [InlineData(0, 250)]
    [InlineData(1000, 1000)]
    [InlineData(60_000, 30_000)]
    [InlineData(long.MaxValue, 30_000)]
    public async Task Leave_PeerDoesNotHangUp_IsEndedWhenItsTimeIsOverAndNotBefore(long linger, int expected)
    {
        await using var connection = await ShakeHandsAsync(HeartbeatOptions.Off, _time);
        var aborts = 0;
        _here.AfterAbort = () => Interlocked.Increment(ref aborts);
        var running = connection.RunAsync(_owner);

        connection.Leave(linger == long.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(linger));
        await running.WithinAsync();

        _time.Advance(TimeSpan.FromMilliseconds(expected - 1));
        Assert.Equal(0, aborts);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.InRange(aborts, 1, int.MaxValue);
        await connection.Gone.WithinAsync();
    }

    [Fact]
    public async Task Hurry_PeerDoesNotHangUp_IsEndedAMomentLater()
    {
        await using var connection = await ShakeHandsAsync(HeartbeatOptions.Off, _time);
        var aborts = 0;
        _here.AfterAbort = () => Interlocked.Increment(ref aborts);
        var running = connection.RunAsync(_owner);
        connection.Leave(TimeSpan.MaxValue);
        await running.WithinAsync();

        connection.Hurry();
        _time.Advance(ZmtpConnection.Goodbye - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, aborts);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.InRange(aborts, 1, int.MaxValue);
        await connection.Gone.WithinAsync();
    }

    [Fact]
    public async Task Leave_AfterClose_TheOutputIsCompletedOnce()
    {
        await using var connection = await ShakeHandsAsync(HeartbeatOptions.Off, _time);
        var goodbyes = 0;
        _here.AfterCompleteOutput = () => goodbyes++;
        var running = connection.RunAsync(_owner);

        connection.Close();
        connection.Leave(TimeSpan.Zero);

        await running.WithinAsync();
        Assert.Equal(1, goodbyes);
    }

    [Fact]
    public async Task Leave_TheTransportThrowsWhenItsOutputIsCompleted_TheOwnerIsLetGoAndItIsTold()
    {
        await using var connection = await ShakeHandsAsync(HeartbeatOptions.Off, _time);
        var running = connection.RunAsync(_owner);
        _here.AfterCompleteOutput = Throw;

        connection.Leave(TimeSpan.Zero);

        Assert.Null(await running.WithinAsync());
        Assert.IsType<InvalidOperationException>(Assert.Single(_told));
    }

    [Fact]
    public async Task Close_TheTransportThrowsWhenItsOutputIsCompleted_ItIsTold()
    {
        await using var connection = await ShakeHandsAsync(HeartbeatOptions.Off, _time);
        var running = connection.RunAsync(_owner);
        _here.AfterCompleteOutput = Throw;

        connection.Close();

        Assert.IsType<InvalidOperationException>(Assert.Single(_told));
        _client.CompleteOutput();
        Assert.Null(await running.WithinAsync());
    }

    /// <summary>A PING that leaves on the clock's thread, in a write that only the end of the connection ends.</summary>
    [Fact]
    public async Task Run_ThePeerLeavesWhileTheClockIsInTheMiddleOfAWrite_Ends()
    {
        using var writes = new ManualResetEventSlim();
        using var aborted = new ManualResetEventSlim();
        var often = new HeartbeatOptions(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), TimeSpan.Zero);
        var output = new ForeignThreadsWriter(() =>
        {
            writes.Set();
            aborted.Wait(2 * TestTimeout.Default);
        });
        await using var connection = await ShakeHandsAsync(often, TimeProvider.System, output);
        _here.AfterAbort = aborted.Set;
        output.Own = Thread.CurrentThread;
        var running = connection.RunAsync(_owner);
        try
        {
            Assert.True(writes.Wait(TestTimeout.Default));
            _client.CompleteOutput();
            Assert.NotNull(await running.WithinAsync());
        }
        finally
        {
            aborted.Set();
        }
    }

    /// <summary>As the other clocks of a connection.</summary>
    [Fact]
    public async Task Leave_WhereSomethingFlows_TheClockDoesNotKeepIt()
    {
        var time = new KeeperOfTimers();
        await using var connection = await ShakeHandsAsync(HeartbeatOptions.Off, time);
        var running = connection.RunAsync(_owner);
        time.Kept.Clear();
        var flowing = new AsyncLocal<string?> { Value = "the application's" };

        connection.Leave(TimeSpan.Zero);

        flowing.Value = null;
        Assert.Equal([null], time.Kept);
        await running.WithinAsync();
    }

    /// <summary>Does something else before each write that does not come from one thread.</summary>
    private sealed class ForeignThreadsWriter(Action before) : RecordingWriter
    {
        public Thread? Own { get; set; }

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            if (Thread.CurrentThread != Own) before();
            return base.WriteAsync(source, cancellationToken);
        }
    }

    private static void Throw() => throw new InvalidOperationException("Not so soon.");

    /// <summary>A connection whose owner is there.</summary>
    private async Task<ZmtpConnection> ShakeHandsAsync(HeartbeatOptions heartbeat, TimeProvider time, RecordingWriter? output = null)
    {
        await _client.Output.WriteAsync(Octets.Join(Octets.Greeting31("NULL"), Octets.Ready("PUSH")));
        var options = new ConnectionOptions
        {
            SocketType = SocketType.Pull,
            Security = NullSecurity.Instance,
            LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
            Heartbeat = heartbeat,
            Time = time,
            OnDefect = _told.Add,
        };
        var connection = await HandshakeDriver.RunAsync(_here, options, isConnecting: false, authenticator: null, TestTimeout.Token).WithinAsync();
        _here.OtherOutput = output;
        connection.Attach(_owner);
        return connection;
    }
}
