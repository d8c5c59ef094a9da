using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Xunit;
using Xunit.Sdk;

namespace Zmtp.Testing.Peers;

/// <summary>
/// A scripted peer: sends and expects literal octets over TCP or a Unix domain socket, and knows nothing of ZMTP beyond frame headers.
/// Every wait is bounded. Not thread-safe, except that sending and receiving may go on side by side.
/// </summary>
public sealed class RawPeer : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly List<byte> _received = [];

    internal RawPeer(Socket socket)
    {
        _socket = socket;
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }
    }

    /// <summary>The remote address as text, for example <c>127.0.0.1:5555</c>.</summary>
    public string RemoteAddress => _socket.RemoteEndPoint?.ToString() ?? "";

    /// <summary>The local address as text.</summary>
    public string LocalAddress => _socket.LocalEndPoint?.ToString() ?? "";

    /// <summary>Everything received so far, in order.</summary>
    public IReadOnlyList<byte> Received => _received;

    /// <summary>Connects to a <c>tcp://host:port</c> or <c>ipc://path</c> endpoint.</summary>
    public static async Task<RawPeer> ConnectAsync(string endpoint)
    {
        EndPoint address = RawEndpoint.Parse(endpoint);
        var socket = RawEndpoint.CreateSocket(address);
        try
        {
            await socket.ConnectAsync(address, TestTimeout.Token);
            return new RawPeer(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Limits what the kernel takes in for this end, so that a peer that is not read from stalls soon.</summary>
    public void LimitReceiveBuffer(int octets) => _socket.ReceiveBufferSize = octets;

    /// <summary>Limits what the kernel keeps that this end has sent, so that it stalls soon when nobody reads.</summary>
    public void LimitSendBuffer(int octets) => _socket.SendBufferSize = octets;

    /// <summary>Sends octets given as hex.</summary>
    public Task SendAsync(string hex) => SendAsync(Octets.Hex(hex));

    /// <summary>Sends octets in as few segments as they take.</summary>
    public async Task SendAsync(params byte[][] parts)
    {
        ReadOnlyMemory<byte> rest = Octets.Join(parts);
        while (!rest.IsEmpty)
        {
            int sent = await _socket.SendAsync(rest, TestTimeout.Token);
            rest = rest[sent..];
        }
    }

    /// <summary>Sends one octet per segment.</summary>
    public async Task SendOctetByOctetAsync(params byte[][] parts)
    {
        foreach (byte octet in Octets.Join(parts))
        {
            await SendAsync([octet]);
            await Task.Yield();
        }
    }

    /// <summary>Reads exactly <paramref name="count"/> octets.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        byte[] octets = new byte[count];
        int read = await ReadUpToAsync(octets, TestTimeout.Default);
        if (read < count)
        {
            throw new XunitException($"Expected {count} octets, got {read} before the end: {Octets.ToHex(octets.AsSpan(0, read))}");
        }

        return octets;
    }

    /// <summary>Expects exactly these octets next.</summary>
    public Task ExpectAsync(string hex) => ExpectAsync(Octets.Hex(hex));

    /// <summary>Expects exactly these octets next.</summary>
    public async Task ExpectAsync(params byte[][] parts)
    {
        byte[] expected = Octets.Join(parts);
        byte[] actual = new byte[expected.Length];
        int read = await ReadUpToAsync(actual, TestTimeout.Default);
        if (!actual.AsSpan(0, read).SequenceEqual(expected))
        {
            throw new XunitException(
                $"Expected {expected.Length} octets: {Octets.ToHex(expected)}\n"
                + $"Received {read} octets: {Octets.ToHex(actual.AsSpan(0, read))}");
        }
    }

    /// <summary>Reads one frame.</summary>
    public async Task<RawFrame> ReadFrameAsync()
    {
        byte flags = (await ReadAsync(1))[0];
        ulong size = (flags & 0x02) != 0
            ? BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(8))
            : (await ReadAsync(1))[0];
        Assert.True(size <= 64 * 1024 * 1024, $"A frame of {size} octets is announced: flags {flags:X2}");
        return new RawFrame(flags, await ReadAsync((int)size));
    }

    /// <summary>Reads one frame, which has to be the command named.</summary>
    public async Task<RawFrame> ReadCommandAsync(string name)
    {
        var frame = await ReadFrameAsync();
        Assert.True(frame.IsCommand && frame.CommandName == name, $"Expected the command {name}, received: {frame}");
        return frame;
    }

    /// <summary>Reads the frames of one message; commands fail.</summary>
    public async Task<IReadOnlyList<byte[]>> ReadMessageAsync()
    {
        List<byte[]> frames = [];
        RawFrame frame;
        do
        {
            frame = await ReadFrameAsync();
            Assert.False(frame.IsCommand, $"Expected a message frame, received: {frame}");
            frames.Add(frame.Body);
        }
        while (frame.HasMore);
        return frames;
    }

    /// <summary>Expects FIN or RST, and not one more octet before it.</summary>
    public async Task ExpectCloseAsync()
    {
        byte[] rest = await ReadToCloseAsync();
        if (rest.Length > 0)
        {
            throw new XunitException($"Expected a close and nothing before it, received: {Octets.ToHex(rest)}");
        }
    }

    /// <summary>
    /// Reads what still comes until FIN or RST; fails when the connection stays open. It has less time than a handshake by default, which so
    /// is never taken for the reason.
    /// </summary>
    public async Task<byte[]> ReadToCloseAsync()
    {
        using var until = new CancellationTokenSource(TestTimeout.Default);
        List<byte> rest = [];
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                int read = await _socket.ReceiveAsync(buffer, until.Token);
                if (read == 0)
                {
                    return [.. rest];
                }

                Add(buffer.AsSpan(0, read));
                rest.AddRange(buffer.AsSpan(0, read));
            }
        }
        catch (SocketException)
        {
            return [.. rest];
        }
        catch (OperationCanceledException)
        {
            throw new XunitException(
                $"Expected a close within {TestTimeout.Default.TotalSeconds} s; the connection is open. "
                + $"Received meanwhile: {Octets.ToHex(rest.ToArray())}");
        }
    }

    /// <summary>OPEN: a PING with a context is answered by its PONG, and by nothing before it. Clear-text mechanisms only.</summary>
    public async Task ExpectOpenAsync()
    {
        await SendAsync(Octets.PingLol);
        await ExpectAsync(Octets.PongLol);
    }

    /// <summary>Watches for <paramref name="time"/>: not one octet may come, and the connection has to stay open.</summary>
    public async Task ExpectNothingAsync(TimeSpan time)
    {
        using var until = new CancellationTokenSource(time);
        byte[] buffer = new byte[4096];
        try
        {
            int read = await _socket.ReceiveAsync(buffer, until.Token);
            Add(buffer.AsSpan(0, read));
            throw new XunitException(read == 0
                ? "Expected silence on an open connection; the peer closed it."
                : $"Expected silence, received: {Octets.ToHex(buffer.AsSpan(0, read))}");
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Sends a greeting and reads the other end's 64 octets.</summary>
    public async Task<byte[]> ExchangeGreetingsAsync(byte[] greeting)
    {
        await SendAsync(greeting);
        return await ReadAsync(64);
    }

    /// <summary>HS31: greeting with minor 1 and READY, under NULL. Returns the other end's READY.</summary>
    public Task<RawFrame> Handshake31Async(string socketType, string? identity = null) =>
        HandshakeAsync(Octets.Greeting31(), socketType, identity);

    /// <summary>HS30: greeting with minor 0 and READY, under NULL. Returns the other end's READY.</summary>
    public Task<RawFrame> Handshake30Async(string socketType, string? identity = null) =>
        HandshakeAsync(Octets.Greeting30(), socketType, identity);

    /// <summary>Sends FIN: nothing more comes from this end, but it still reads.</summary>
    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Takes nothing any more. Over ipc the other end learns of it when it sends.</summary>
    public void ShutdownReceive() => _socket.Shutdown(SocketShutdown.Receive);

    /// <summary>Ends the connection with RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    /// <summary>Ends the connection.</summary>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<RawFrame> HandshakeAsync(byte[] greeting, string socketType, string? identity)
    {
        await ExchangeGreetingsAsync(greeting);
        await SendAsync(Octets.Ready(socketType, identity));
        return await ReadCommandAsync("READY");
    }

    private async Task<int> ReadUpToAsync(Memory<byte> destination, TimeSpan time)
    {
        using var until = new CancellationTokenSource(time);
        int total = 0;
        try
        {
            while (total < destination.Length)
            {
                int read = await _socket.ReceiveAsync(destination[total..], until.Token);
                if (read == 0)
                {
                    break;
                }

                total += read;
            }
        }
        catch (SocketException)
        {
            // A reset ends the octets as FIN does; the caller compares what came.
        }
        catch (OperationCanceledException)
        {
            throw new XunitException(
                $"Expected {destination.Length} octets within {time.TotalSeconds} s, "
                + $"got {total}: {Octets.ToHex(destination.Span[..total])}");
        }

        Add(destination.Span[..total]);
        return total;
    }

    private void Add(ReadOnlySpan<byte> octets) => _received.AddRange(octets);
}
