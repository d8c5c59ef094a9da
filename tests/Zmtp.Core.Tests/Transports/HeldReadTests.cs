using System.IO.Pipelines;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Transports;

/// <summary>A pending read that a blocked thread watches in the poller's place.</summary>
public sealed class HeldReadTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TransportOptions Options = TransportOptions.Default with { ContinuesOnPoller = true };

    private ConnectedPair _pair = null!;

    private PipeReader Input => _pair.Server.Input;

    private IDirectReader Direct => (IDirectReader)Input;

    public async Task InitializeAsync() => _pair = await ConnectedPair.OverTcpAsync(Options);

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    [PollerFact]
    public async Task HELDREAD_OctetsArrive_ReaderGoesOnOnTheHoldersThreadAndIsHeldAgain()
    {
        using var lookout = Lookout.TryCreate()!;
        var threads = new List<int>();
        var reading = ReadAsync(3, threads);
        Assert.True(Direct.TryHold(lookout));
        for (byte i = 0; i < 3; i++)
        {
            await SendAsync(i);
            await Blocking.RunAsync(() =>
            {
                SleepUntilReadable(lookout);
                Assert.True(Direct.TryGoOn(lookout));
                Assert.Equal(Environment.CurrentManagedThreadId, threads[^1]);
            });
            Assert.Equal(i + 1, threads.Count);
            Assert.Equal(i < 2, !reading.IsCompleted);
        }

        Assert.Equal([0, 1, 2], await reading.WithinAsync());
    }

    [PollerFact]
    public async Task HELDREAD_Released_ThePollerGoesOn()
    {
        using var lookout = Lookout.TryCreate()!;
        var reading = ReadAsync(2, []);
        Assert.True(Direct.TryHold(lookout));
        await SendAsync(7);
        SleepUntilReadable(lookout);
        Assert.True(Direct.TryGoOn(lookout));
        lookout.Release();
        await SendAsync(8);
        Assert.Equal([7, 8], await reading.WithinAsync());
        Assert.False(Direct.TryGoOn(lookout));
    }

    [PollerFact]
    public async Task HELDREAD_NothingIsThere_WaitsOn()
    {
        using var lookout = Lookout.TryCreate()!;
        var reading = ReadAsync(1, []);
        Assert.True(Direct.TryHold(lookout));
        Assert.True(Direct.TryGoOn(lookout));
        Assert.True(Direct.TryGoOn(lookout));
        Assert.False(reading.IsCompleted);
        lookout.Release();
        await SendAsync(9);
        Assert.Equal([9], await reading.WithinAsync());
    }

    [PollerFact]
    public async Task HELDREAD_ConnectionIsAborted_HolderWakesAndReaderFails()
    {
        using var lookout = Lookout.TryCreate()!;
        var reading = ReadAsync(1, []);
        Assert.True(Direct.TryHold(lookout));
        var sleeping = Blocking.RunAsync(() =>
        {
            while (lookout.Sleep(milliseconds: 20_000)) Direct.TryGoOn(lookout);
        });
        _pair.Server.Abort();
        await Assert.ThrowsAsync<ZmtpException>(() => reading.WithinAsync());
        await sleeping.WithinAsync();
    }

    [PollerFact]
    public async Task HELDREAD_WhatFollowsMayNotRunOnThePoller_TheHolderDoesNotRunItEither()
    {
        await using var listener = await TcpTransport.Instance.ListenAsync(ZmtpEndpoint.Parse("tcp://127.0.0.1:*"), TransportOptions.Default, default);
        await using var client = await TcpTransport.Instance.ConnectAsync(listener.Endpoint, TransportOptions.Default, default);
        await using var server = await listener.AcceptAsync(default);
        using var lookout = Lookout.TryCreate()!;
        var direct = (IDirectReader)server.Input;
        var reading = server.Input.ReadAsync().AsTask();
        Assert.True(direct.TryHold(lookout));
        Assert.False(direct.TryGoOn(lookout));
        client.Abort();
        lookout.Release();
        Assert.True((await reading.WithinAsync()).IsCompleted);
    }

    /// <summary>Reads single octets, and notes the threads on which it went on.</summary>
    private async Task<byte[]> ReadAsync(int count, List<int> threads)
    {
        var octets = new List<byte>();
        while (octets.Count < count)
        {
            var result = await Input.ReadAsync().ConfigureAwait(false);
            threads.Add(Environment.CurrentManagedThreadId);
            octets.AddRange(result.Buffer.FirstSpan.ToArray());
            Input.AdvanceTo(result.Buffer.End);
        }

        return [.. octets];
    }

    /// <summary>A lookout may be woken in vain, also by what its event was last used for.</summary>
    private static void SleepUntilReadable(Lookout lookout)
    {
        var end = Environment.TickCount64 + (long)TestTimeout.Default.TotalMilliseconds;
        while (!lookout.Sleep(milliseconds: 1_000)) Assert.True(Environment.TickCount64 < end, "Nothing has arrived at the sockets that are held.");
    }

    private async Task SendAsync(byte octet) => await _pair.Client.Output.WriteAsync(new[] { octet });
}
