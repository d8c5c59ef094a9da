using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>What the pipes over a socket do beyond the transport contract.</summary>
public class SocketPipeTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private ConnectedPair _pair = null!;

    private IDirectReader Direct => (IDirectReader)Input;

    private PipeReader Input => _pair.Server.Input;

    private PipeWriter Output => _pair.Client.Output;

    private protected virtual TransportOptions Options => TransportOptions.Default;

    public async Task InitializeAsync() => _pair = await ConnectedPair.OverTcpAsync(Options);

    public async ValueTask DisposeAsync()
    {
        await _pair.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    [Fact]
    public async Task SOCKETPIPE_ResultAskedForBeforeItIsThere_ThrowsAndTheReadGoesOn()
    {
        var reading = Input.ReadAsync();
        Assert.Throws<InvalidOperationException>(() => reading.GetAwaiter().GetResult());

        await Output.WriteAsync(new byte[100]);

        var result = await reading.AsTask().WaitAsync(Limit);
        Assert.Equal(100, result.Buffer.Length);
        Input.AdvanceTo(result.Buffer.End);
    }

    [Fact]
    public async Task SOCKETPIPE_MemoryOfAReadIsKept_WhatComesLaterLiesElsewhere()
    {
        var reading = Input.ReadAtLeastAsync(4000);
        await Output.WriteAsync(Enumerable.Repeat((byte)1, 4000).ToArray());
        Input.AdvanceTo((await reading.AsTask().WaitAsync(Limit)).Buffer.Start);
        Assert.True(Input.TryRead(out _));
        Assert.True(Direct.TryLend(out var lent));

        Direct.AdvanceAndKeep(3900, hasExaminedAll: true);

        Assert.False(Direct.HasUnread);
        await Output.WriteAsync(Enumerable.Repeat((byte)2, 2000).ToArray());
        var rest = await Input.ReadAtLeastAsync(2100).AsTask().WaitAsync(Limit);
        Assert.Equal([.. Enumerable.Repeat((byte)1, 100), .. Enumerable.Repeat((byte)2, 2000)], rest.Buffer.ToArray());
        Input.AdvanceTo(rest.Buffer.End);
        Assert.Equal(4000, lent.Count);
        Assert.Equal(-1, lent.AsSpan().IndexOfAnyExcept((byte)1));
    }

    [Fact]
    public async Task SOCKETPIPE_WaitingForData_HoldsNoBuffer()
    {
        var reader = (SocketPipeReader)Input;
        Assert.False(reader.HoldsBuffer);
        for (var round = 0; round < 20; round++)
        {
            var reading = Input.ReadAsync().AsTask();
            Assert.False(reading.IsCompleted);
            Assert.False(reader.HoldsBuffer);
            await Output.WriteAsync(new byte[100]);
            Assert.False(((SocketPipeWriter)Output).HoldsBuffer);
            var result = await reading.WaitAsync(Limit);
            Assert.True(reader.HoldsBuffer);
            Input.AdvanceTo(result.Buffer.End);
            Assert.False(reader.HoldsBuffer);
        }
        Assert.False(Input.TryRead(out _));
        Assert.False(reader.HoldsBuffer);
    }

    [Fact]
    public async Task SOCKETPIPE_FlushedOctets_LeaveNoBuffer()
    {
        Output.GetSpan(10)[0] = 1;
        Output.Advance(1);
        Assert.Equal(1, Output.UnflushedBytes);
        Assert.True(((SocketPipeWriter)Output).HoldsBuffer);
        await Output.WriteAsync(new byte[] { 2 });
        Assert.False(((SocketPipeWriter)Output).HoldsBuffer);
        Assert.Equal([1, 2], await ReadAsync(2));
    }

    [Fact]
    public async Task SOCKETPIPE_FrameLargerThanTheBuffer_IsOneSegment()
    {
        var body = new byte[500_000];
        new Random(1).NextBytes(body);
        var writing = Output.WriteAsync(body).AsTask();
        var result = await Input.ReadAtLeastAsync(body.Length).AsTask().WaitAsync(Limit);
        Assert.True(result.Buffer.IsSingleSegment);
        Assert.Equal(body, result.Buffer.ToArray());
        Input.AdvanceTo(result.Buffer.End);
        await writing.WaitAsync(Limit);
    }

    [Fact]
    public async Task SOCKETPIPE_TryReadInto_GoesToTheDestinationInPieces()
    {
        var body = new byte[3_000_000];
        new Random(2).NextBytes(body);
        await Output.WriteAsync(new byte[] { 42 });
        Assert.Equal([42], await ReadAsync(1));
        var writing = Output.WriteAsync(body).AsTask();
        var destination = new byte[body.Length];
        for (var filled = 0; filled < destination.Length;)
        {
            await Direct.WaitToReadAsync().AsTask().WaitAsync(Limit);
            if (!Direct.TryReadInto(destination.AsMemory(filled), out var count)) continue;
            Assert.InRange(count, 1, Math.Min(SocketPipeReader.MaximumReceive, destination.Length - filled));
            Assert.False(((SocketPipeReader)Input).HoldsBuffer);
            filled += count;
        }
        await writing.WaitAsync(Limit);
        Assert.Equal(body, destination);
        _pair.Client.CompleteOutput();
        await Direct.WaitToReadAsync().AsTask().WaitAsync(Limit);
        Assert.True(Direct.TryReadInto(destination, out var end));
        Assert.Equal(0, end);
        Assert.True((await Input.ReadAsync()).IsCompleted);
    }

    // Else each large frame that comes alone would have one more receive, in vain, and be waited for later.
    [Fact]
    public async Task SOCKETPIPE_TryReadIntoWithNothingBehindIt_NoMoreIsLikely()
    {
        var body = new byte[100_000];
        await Output.WriteAsync(body);
        var destination = new byte[body.Length];
        for (var filled = 0; filled < destination.Length;)
        {
            await Direct.WaitToReadAsync().AsTask().WaitAsync(Limit);
            if (Direct.TryReadInto(destination.AsMemory(filled), out var count)) filled += count;
        }

        Assert.False(Direct.MoreIsLikely);
        Assert.False(Direct.HasUnread);
    }

    [Fact]
    public async Task SOCKETPIPE_TryReadIntoWithMoreBehindIt_TheRestIsUnread()
    {
        var body = new byte[20_000];
        new Random(3).NextBytes(body);
        await Output.WriteAsync(body);
        for (var seen = 0; seen < body.Length;)
        {
            var destination = new byte[1_000];
            if (!Direct.HasUnread)
            {
                await Direct.WaitToReadAsync().AsTask().WaitAsync(Limit);
                Assert.True(Direct.TryReadInto(destination, out var count));
                Assert.Equal(body.AsSpan(seen, count), destination.AsSpan(0, count));
                seen += count;
            }

            if (!Direct.HasUnread) continue;
            Assert.True(Input.TryRead(out var unread));
            Assert.Equal(body.AsSpan(seen, (int)unread.Buffer.Length), unread.Buffer.FirstSpan);
            seen += (int)unread.Buffer.Length;
            Input.AdvanceTo(unread.Buffer.End);
        }
    }

    [Fact]
    public async Task SOCKETPIPE_TryReadIntoWithOctetsLeft_IsAnError()
    {
        await Output.WriteAsync(new byte[] { 1, 2 });
        var result = await Input.ReadAtLeastAsync(2).AsTask().WaitAsync(Limit);
        Input.AdvanceTo(result.Buffer.GetPosition(1));
        Assert.Throws<InvalidOperationException>(() => Direct.TryReadInto(new byte[1], out _));
    }

    [Fact]
    public async Task SOCKETPIPE_WaitToRead_LeavesTheOctetsToWhoeverReadsFirst()
    {
        var waiting = Direct.WaitToReadAsync().AsTask();
        Assert.False(Direct.TryReadInto(new byte[10], out _));
        Assert.False(Input.TryRead(out _));
        await Output.WriteAsync(new byte[] { 9 });
        await waiting.WaitAsync(Limit);
        Assert.True(Input.TryRead(out var result));
        Assert.Equal([9], result.Buffer.ToArray());
        Input.AdvanceTo(result.Buffer.End);
        Assert.False(Input.TryRead(out _));
        Assert.False(((SocketPipeReader)Input).HoldsBuffer);
    }

    [Fact]
    public async Task SOCKETPIPE_WaitToReadAborted_Ends()
    {
        var waiting = Direct.WaitToReadAsync().AsTask();
        _pair.Server.Abort();
        if (await Record.ExceptionAsync(() => waiting.WaitAsync(Limit)) is { } error) Assert.IsType<ZmtpException>(error);
        Assert.Throws<ZmtpException>(() => Direct.TryReadInto(new byte[10], out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(100)]
    public async Task SOCKETPIPE_GatherWrite_ArrivesInOrder(int count)
    {
        var random = new Random(count);
        var segments = new ReadOnlyMemory<byte>[count];
        for (var index = 0; index < count; index++)
        {
            var segment = new byte[random.Next(100_000)];
            random.NextBytes(segment);
            segments[index] = index % 7 == 3 ? ReadOnlyMemory<byte>.Empty : segment.AsMemory(segment.Length / 3);
        }
        var expected = segments.SelectMany(segment => segment.ToArray()).ToArray();
        Output.Write(new byte[] { 5 });
        var writing = ((IGatherWriter)Output).WriteAsync(segments, default).AsTask();
        Assert.Equal([5, .. expected], await ReadAsync(1 + expected.Length));
        await writing.WaitAsync(Limit);
    }

    [Fact]
    public async Task SOCKETPIPE_GatherWriteOfForeignMemory_ArrivesInOrder()
    {
        using IMemoryOwner<byte> foreign = new ForeignOctets([5, 5, 5]);
        ReadOnlyMemory<byte>[] segments = [new byte[] { 1 }, foreign.Memory, new byte[] { 2, 3 }];
        await ((IGatherWriter)Output).WriteAsync(segments, default);
        Assert.Equal([1, 5, 5, 5, 2, 3], await ReadAsync(6));
    }

    [Fact]
    public async Task SOCKETPIPE_FlushOfMoreThanTheSocketTakes_ArrivesAndLeavesNoBuffer()
    {
        var body = new byte[16 * 1024 * 1024];
        new Random(2).NextBytes(body);
        body.CopyTo(Output.GetSpan(body.Length));
        Output.Advance(body.Length);
        var flush = Output.FlushAsync().AsTask();
        Assert.Equal(body, await ReadAsync(body.Length));
        await flush.WaitAsync(Limit);
        Assert.False(((SocketPipeWriter)Output).HoldsBuffer);
        Assert.Equal(0, Output.UnflushedBytes);
    }

    [Fact]
    public async Task SOCKETPIPE_GatherWriteBehindBufferedOctets_ArrivesInOrder()
    {
        // More than once: the same pending write again.
        for (var round = 0; round < 3; round++)
        {
            var octets = new byte[3][];
            for (var i = 0; i < octets.Length; i++) new Random(i).NextBytes(octets[i] = new byte[4 * 1024 * 1024]);
            octets[0].CopyTo(Output.GetSpan(octets[0].Length));
            Output.Advance(octets[0].Length);
            ReadOnlyMemory<byte>[] segments = [octets[1], ReadOnlyMemory<byte>.Empty, octets[2]];
            var write = ((IGatherWriter)Output).WriteAsync(segments, default).AsTask();
            var all = octets.SelectMany(static piece => piece).ToArray();
            Assert.Equal(all, await ReadAsync(all.Length));
            await write.WaitAsync(Limit);
            Assert.False(((SocketPipeWriter)Output).HoldsBuffer);
        }
    }

    [Fact]
    public async Task SOCKETPIPE_WriteThatWaitsForThePeer_TellsHowFarItHasCome()
    {
        var writer = (SocketPipeWriter)Output;
        await Output.WriteAsync(new byte[100]);
        Assert.Equal(0, writer.Progress);
        var length = 96 * 1024 * 1024;
        var writing = Output.WriteAsync(new byte[length]).AsTask();
        Assert.False(writing.IsCompleted);

        // The system may hold 32 MiB of it where it is read and 4 where it is written, and does where reading is slow.
        await ReadAsync(100 + (length / 2));
        Assert.InRange(writer.Progress, 1, length);
        Assert.False(writing.IsCompleted);
        await ReadAsync(length / 2);
        await writing.WaitAsync(Limit);
        Assert.InRange(writer.Progress, length / 2, length);
    }

    [Fact]
    public async Task SOCKETPIPE_AbortDuringGatherWrite_EndsIt()
    {
        var segments = Enumerable.Repeat(new ReadOnlyMemory<byte>(new byte[1_000_000]), 100).ToArray();
        var writing = ((IGatherWriter)Output).WriteAsync(segments, default).AsTask();
        await Task.Run(_pair.Client.Abort);
        await Assert.ThrowsAsync<ZmtpException>(() => writing.WaitAsync(Limit));
    }

    [Fact]
    public async Task SOCKETPIPE_WriteCanceled_AbortsTheConnection()
    {
        using var source = new CancellationTokenSource();
        var writing = Output.WriteAsync(new byte[50_000_000], source.Token).AsTask();
        Assert.False(writing.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Limit));
        Assert.Throws<ZmtpException>(() => { _ = Output.WriteAsync(new byte[1]).AsTask(); });
    }

    [Fact]
    public async Task SOCKETPIPE_CancelPendingFlush_EndsTheWrite()
    {
        Output.CancelPendingFlush();
        Assert.True((await Output.WriteAsync(new byte[] { 1 })).IsCanceled);
        await Output.WriteAsync(new byte[] { 2 });
        Assert.Equal([2], await ReadAsync(1));
        var writing = Output.WriteAsync(new byte[50_000_000]).AsTask();
        Output.CancelPendingFlush();
        Assert.True((await writing.WaitAsync(Limit)).IsCanceled);
    }

    /// <summary>After the handshake nobody reads this way any more, and a token is of a clock that knows the whole handshake.</summary>
    [Fact]
    public async Task SOCKETPIPE_ReadThatIsOverAtOnce_DoesNotKeepItsToken()
    {
        using var limit = new CancellationTokenSource(Limit);
        await Output.WriteAsync(new byte[4 * ReceiveBuffer.MinimumSize], limit.Token);
        var first = await Input.ReadAsync(limit.Token);
        Assert.Equal(ReceiveBuffer.MinimumSize, first.Buffer.Length);
        Input.AdvanceTo(first.Buffer.End);

        // The last receive took as much as it could: this one does not wait first.
        var read = Input.ReadAsync(limit.Token);
        Assert.True(read.IsCompleted);

        Assert.Equal(default, TokenOf((SocketPipeReader)Input));
        Input.AdvanceTo((await read).Buffer.End);
    }

    [Fact]
    public async Task SOCKETPIPE_SecondReadWhileOneIsPending_IsAnError()
    {
        var reading = Input.ReadAsync().AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Input.ReadAsync());
        await Output.WriteAsync(new byte[] { 1 });
        Assert.Equal(1, (await reading.WaitAsync(Limit)).Buffer.Length);
    }

    [Fact]
    public async Task SOCKETPIPE_CompletedReaderAndWriter_RefuseUse()
    {
        await Output.CompleteAsync();
        Assert.True((await Input.ReadAsync().AsTask().WaitAsync(Limit)).IsCompleted);
        Input.Complete();
        Assert.Throws<InvalidOperationException>(() => { _ = Input.ReadAsync().AsTask(); });
        Assert.Throws<InvalidOperationException>(() => { _ = Output.WriteAsync(new byte[1]).AsTask(); });
    }

    private async Task<byte[]> ReadAsync(int length)
    {
        var result = await Input.ReadAtLeastAsync(length).AsTask().WaitAsync(Limit);
        var octets = result.Buffer.Slice(0, length).ToArray();
        Input.AdvanceTo(result.Buffer.GetPosition(length));
        return octets;
    }

    // Memory that does not say which array is behind it, as native memory has none.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_token")]
    private static extern ref CancellationToken TokenOf(SocketPipeReader reader);

    private sealed class ForeignOctets(byte[] octets) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => octets;

        public override MemoryHandle Pin(int elementIndex = 0) => octets.AsMemory(elementIndex).Pin();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
