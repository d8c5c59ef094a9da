using System.Buffers;
using System.IO.Pipelines;
using Xunit;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>What every transport does; run over the in-memory transport, tcp and ipc.</summary>
public abstract class TransportContractTests
{
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    protected abstract ITransport Transport { get; }

    /// <summary>Its settings.</summary>
    protected virtual TransportOptions Options => TransportOptions.Default;

    /// <summary>An endpoint to bind that nobody else uses.</summary>
    protected abstract ZmtpEndpoint NewEndpoint();

    [Fact]
    public async Task TRANSPORT_Echo_ComesBack()
    {
        await using var pair = await ConnectAsync();
        await pair.Client.Output.WriteAsync("Hello"u8.ToArray());
        var asked = await ReadAsync(pair.Server.Input, 5);
        await pair.Server.Output.WriteAsync(asked);
        Assert.Equal("Hello"u8.ToArray(), await ReadAsync(pair.Client.Input, 5));
    }

    [Fact]
    public async Task TRANSPORT_WriteThroughGetMemory_Arrives()
    {
        await using var pair = await ConnectAsync();
        for (var octet = 0; octet < 10_000; octet++)
        {
            pair.Client.Output.GetSpan(1)[0] = unchecked((byte)octet);
            pair.Client.Output.Advance(1);
        }
        await pair.Client.Output.FlushAsync();
        Assert.Equal(Pattern(10_000), await ReadAsync(pair.Server.Input, 10_000));
    }

    [Fact]
    public async Task TRANSPORT_OneOctetAtATime_ArrivesInOrder()
    {
        await using var pair = await ConnectAsync();
        var sent = Pattern(2_000);
        var writing = Task.Run(async () =>
        {
            for (var index = 0; index < sent.Length; index++) await pair.Client.Output.WriteAsync(sent.AsMemory(index, 1));
        });
        Assert.Equal(sent, await ReadAsync(pair.Server.Input, sent.Length));
        await writing.WaitAsync(Limit);
    }

    [Fact]
    public async Task TRANSPORT_LargeBodiesBothWaysAtOnce_ArriveWhole()
    {
        await using var pair = await ConnectAsync();
        var body = Pattern(1024 * 1024);
        var there = WriteManyAsync(pair.Client.Output, body, 8);
        var back = WriteManyAsync(pair.Server.Output, body, 8);
        var readThere = ReadManyAsync(pair.Server.Input, body, 8);
        var readBack = ReadManyAsync(pair.Client.Input, body, 8);
        await Task.WhenAll(there, back, readThere, readBack).WaitAsync(Limit);
    }

    [Fact]
    public async Task TRANSPORT_ExaminedToTheEnd_ReadsMoreAndKeepsWhatWasLeft()
    {
        await using var pair = await ConnectAsync();
        await pair.Client.Output.WriteAsync(new byte[] { 1, 2, 3 });
        var first = await pair.Server.Input.ReadAsync().AsTask().WaitAsync(Limit);
        pair.Server.Input.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.End);
        var second = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(second.IsCompleted);
        await pair.Client.Output.WriteAsync(new byte[] { 4 });
        var result = await second.WaitAsync(Limit);
        Assert.Equal([2, 3, 4], result.Buffer.ToArray());
        pair.Server.Input.AdvanceTo(result.Buffer.Start);
        Assert.True(pair.Server.Input.TryRead(out var again));
        Assert.Equal([2, 3, 4], again.Buffer.ToArray());
        pair.Server.Input.AdvanceTo(again.Buffer.End);
        Assert.False(pair.Server.Input.TryRead(out _));
    }

    [Fact]
    public async Task TRANSPORT_HalfClose_EndsOneDirectionOnly()
    {
        await using var pair = await ConnectAsync();
        await pair.Client.Output.WriteAsync(new byte[] { 1 });
        pair.Client.CompleteOutput();
        Assert.Equal([1], await ReadAsync(pair.Server.Input, 1));
        Assert.True((await pair.Server.Input.ReadAsync().AsTask().WaitAsync(Limit)).IsCompleted);
        await pair.Server.Output.WriteAsync(new byte[] { 2 });
        Assert.Equal([2], await ReadAsync(pair.Client.Input, 1));
        pair.Client.CompleteOutput();
    }

    [Fact]
    public async Task TRANSPORT_AbortDuringRead_EndsTheRead()
    {
        await using var pair = await ConnectAsync();
        var reading = pair.Server.Input.ReadAsync().AsTask();
        await Task.Run(pair.Server.Abort);
        var exception = await Assert.ThrowsAsync<ZmtpException>(() => reading.WaitAsync(Limit));
        Assert.True(exception.MayRetry);
        pair.Server.Abort();
        await Assert.ThrowsAsync<ZmtpException>(() => pair.Server.Input.ReadAsync().AsTask().WaitAsync(Limit));
    }

    [Fact]
    public async Task TRANSPORT_AbortDuringWrite_EndsTheWrite()
    {
        await using var pair = await ConnectAsync();
        var writing = WriteUntilItFailsAsync(pair.Client.Output);
        await Task.Run(pair.Client.Abort);
        await Assert.ThrowsAsync<ZmtpException>(() => writing.WaitAsync(Limit));
        pair.Client.CompleteOutput();
    }

    [Fact]
    public async Task TRANSPORT_PeerAborts_ReadEnds()
    {
        await using var pair = await ConnectAsync();
        var reading = pair.Server.Input.ReadAsync().AsTask();
        pair.Client.Abort();
        try
        {
            Assert.True((await reading.WaitAsync(Limit)).IsCompleted);
        }
        catch (ZmtpException exception)
        {
            Assert.True(exception.MayRetry);
        }
    }

    [Fact]
    public async Task TRANSPORT_CancelPendingRead_ReturnsCanceledAndLosesNothing()
    {
        await using var pair = await ConnectAsync();
        for (var round = 0; round < 50; round++)
        {
            var reading = pair.Server.Input.ReadAsync().AsTask();
            pair.Server.Input.CancelPendingRead();
            var canceled = await reading.WaitAsync(Limit);
            Assert.True(canceled.IsCanceled);
            pair.Server.Input.AdvanceTo(canceled.Buffer.End);
            await pair.Client.Output.WriteAsync(new[] { (byte)round });
            Assert.Equal([(byte)round], await ReadAsync(pair.Server.Input, 1));
        }
    }

    [Fact]
    public async Task TRANSPORT_ReadCanceledByToken_ThrowsAndLosesNothing()
    {
        await using var pair = await ConnectAsync();
        for (var round = 0; round < 50; round++)
        {
            using var source = new CancellationTokenSource();
            var reading = pair.Server.Input.ReadAsync(source.Token).AsTask();
            await Task.Run(source.Cancel);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Limit));
            await pair.Client.Output.WriteAsync(new[] { (byte)round });
            Assert.Equal([(byte)round], await ReadAsync(pair.Server.Input, 1));
        }
    }

    [Fact]
    public async Task TRANSPORT_TwoHundredConnectionsAtOnce_AllEcho()
    {
        await using var listener = await Transport.ListenAsync(NewEndpoint(), Options, default);
        const int Count = 200;
        var serving = Task.Run(async () =>
        {
            var echoes = new List<Task>();
            for (var index = 0; index < Count; index++) echoes.Add(EchoAsync(await listener.AcceptAsync(default)));
            await Task.WhenAll(echoes);
        });
        var clients = Enumerable.Range(0, Count).Select(async number =>
        {
            await using var client = await Transport.ConnectAsync(listener.Endpoint, Options, default);
            var sent = Pattern(1_000 + number);
            await client.Output.WriteAsync(sent);
            Assert.Equal(sent, await ReadAsync(client.Input, sent.Length));
            client.CompleteOutput();
        });
        await Task.WhenAll(clients).WaitAsync(Limit);
        await serving.WaitAsync(Limit);
    }

    [Fact]
    public async Task TRANSPORT_ConnectWhereNobodyListens_MayBeRetried()
    {
        ZmtpEndpoint endpoint;
        await using (var listener = await Transport.ListenAsync(NewEndpoint(), Options, default))
        {
            endpoint = listener.Endpoint;
        }
        var exception = await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => Transport.ConnectAsync(endpoint, Options, default).AsTask().WaitAsync(Limit));
        Assert.True(exception.MayRetry);
        Assert.Equal(FaultOrigin.Network, exception.Origin);
        Assert.Equal(endpoint.ToString(), exception.Endpoint);
    }

    [Fact]
    public async Task TRANSPORT_BindTwice_SecondIsRefusedAndFirstGoesOn()
    {
        await using var listener = await Transport.ListenAsync(NewEndpoint(), Options, default);
        var exception = await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => Transport.ListenAsync(listener.Endpoint, Options, default).AsTask().WaitAsync(Limit));
        Assert.Equal(FaultOrigin.Caller, exception.Origin);
        Assert.Contains("in use", exception.Message, StringComparison.Ordinal);
        var client = await Transport.ConnectAsync(listener.Endpoint, Options, default);
        await client.Output.WriteAsync(new byte[] { 7 });
        // A probe that the second bind made may come first.
        for (;;)
        {
            await using var server = await listener.AcceptAsync(default).AsTask().WaitAsync(Limit);
            var read = await server.Input.ReadAsync().AsTask().WaitAsync(Limit);
            if (read.Buffer.IsEmpty) continue;
            Assert.Equal(7, read.Buffer.FirstSpan[0]);
            break;
        }
        await client.DisposeAsync();
    }

    [Fact]
    public async Task TRANSPORT_DisposeListener_EndsAcceptAndFreesTheEndpoint()
    {
        var listener = await Transport.ListenAsync(NewEndpoint(), Options, default);
        var client = Transport.ConnectAsync(listener.Endpoint, Options, default);
        var server = await listener.AcceptAsync(default).AsTask().WaitAsync(Limit);
        var accepting = listener.AcceptAsync(default).AsTask();
        await listener.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting.WaitAsync(Limit));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => listener.AcceptAsync(default).AsTask().WaitAsync(Limit));

        // The server's side closes first, which leaves a tcp port in TIME_WAIT; it can be bound again all the same.
        await server.DisposeAsync();
        await (await client).DisposeAsync();
        await using var again = await Transport.ListenAsync(listener.Endpoint, Options, default);
        Assert.Equal(listener.Endpoint, again.Endpoint);
    }

    [Fact]
    public async Task TRANSPORT_AcceptCanceled_ThrowsAndTheListenerGoesOn()
    {
        await using var listener = await Transport.ListenAsync(NewEndpoint(), Options, default);
        using var source = new CancellationTokenSource();
        var accepting = listener.AcceptAsync(source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.WaitAsync(Limit));
        await using var client = await Transport.ConnectAsync(listener.Endpoint, Options, default);
        await using var server = await listener.AcceptAsync(default).AsTask().WaitAsync(Limit);
    }

    protected async Task<ConnectedPair> ConnectAsync(TransportOptions? options = null)
    {
        var listener = await Transport.ListenAsync(NewEndpoint(), options ?? Options, default);
        var client = Transport.ConnectAsync(listener.Endpoint, options ?? Options, default);
        var server = await listener.AcceptAsync(default).AsTask().WaitAsync(Limit);
        return new ConnectedPair(listener, await client, server);
    }

    protected static byte[] Pattern(int length)
    {
        var pattern = new byte[length];
        for (var index = 0; index < length; index++) pattern[index] = unchecked((byte)index);
        return pattern;
    }

    protected static async Task<byte[]> ReadAsync(PipeReader input, int length)
    {
        var result = await input.ReadAtLeastAsync(length).AsTask().WaitAsync(Limit);
        Assert.True(result.Buffer.Length >= length, "The input ended early.");
        var read = result.Buffer.Slice(0, length);
        var octets = read.ToArray();
        input.AdvanceTo(read.End);
        return octets;
    }

    private static async Task WriteManyAsync(PipeWriter output, byte[] body, int count)
    {
        for (var index = 0; index < count; index++) await output.WriteAsync(body);
    }

    private static async Task ReadManyAsync(PipeReader input, byte[] body, int count)
    {
        for (var index = 0; index < count; index++) Assert.Equal(body, await ReadAsync(input, body.Length));
    }

    private static async Task WriteUntilItFailsAsync(PipeWriter output)
    {
        var body = Pattern(1024 * 1024);
        for (;;) await output.WriteAsync(body);
    }

    private static async Task EchoAsync(TransportConnection connection)
    {
        await using (connection)
        {
            for (;;)
            {
                var result = await connection.Input.ReadAsync();
                foreach (var segment in result.Buffer) await connection.Output.WriteAsync(segment);
                connection.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) return;
            }
        }
    }
}
