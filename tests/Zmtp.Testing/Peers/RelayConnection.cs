using System.Net.Sockets;

namespace Zmtp.Testing.Peers;

/// <summary>One connection through a <see cref="Relay"/>.</summary>
internal sealed class RelayConnection(Relay relay, Socket client, Socket server)
{
    private readonly List<byte> _clientOctets = [];
    private readonly List<byte> _serverOctets = [];

    public byte[] ClientOctets() => Copy(_clientOctets);

    public byte[] ServerOctets() => Copy(_serverOctets);

    public void Cut()
    {
        Reset(client);
        Reset(server);
    }

    public async Task RunAsync(CancellationToken stop)
    {
        await Task.WhenAll(
            ForwardAsync(client, server, _clientOctets, stop),
            ForwardAsync(server, client, _serverOctets, stop));
        client.Dispose();
        server.Dispose();
    }

    private async Task ForwardAsync(Socket from, Socket to, List<byte> kept, CancellationToken stop)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                int read = await from.ReceiveAsync(buffer.AsMemory(0, Math.Min(relay.Chunk, buffer.Length)), stop);
                if (read == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                await relay.PassAsync(stop);
                lock (kept)
                {
                    kept.AddRange(buffer.AsSpan(0, read));
                }

                await to.SendAsync(buffer.AsMemory(0, read), stop);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone: so is the other.
            Cut();
        }
    }

    private static byte[] Copy(List<byte> octets)
    {
        lock (octets)
        {
            return [.. octets];
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already closed.
        }

        socket.Dispose();
    }
}
