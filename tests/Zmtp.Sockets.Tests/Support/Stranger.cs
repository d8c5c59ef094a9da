using System.Buffers;
using System.IO.Pipelines;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A scripted peer over the process's memory, which comes from whatever address a test says.</summary>
internal sealed class Stranger : IAsyncDisposable
{
    private readonly TransportConnection _connection;

    private Stranger(TransportConnection connection) => _connection = connection;

    /// <summary>Connects, and waits for the greeting: its handshake is under way then.</summary>
    public static async Task<Stranger> ConnectAsync(string endpoint, string address = "")
    {
        var stranger = new Stranger(await new InMemoryTransport(peerAddress: address).ConnectAsync(
            ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token));
        await stranger.ReadAsync(64);
        return stranger;
    }

    public async Task SendAsync(params byte[][] octets) => await _connection.Output.WriteAsync(Octets.Join(octets), TestTimeout.Token);

    /// <summary>Reads what a READY is at least, which comes to nobody who was dropped.</summary>
    public Task ExpectAnswerAsync() => ReadAsync(1);

    /// <summary>Reads until the other end has closed.</summary>
    public async Task ExpectCloseAsync()
    {
        try
        {
            ReadResult read;
            do
            {
                read = await _connection.Input.ReadAsync(TestTimeout.Token);
                _connection.Input.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted);
        }
        catch (ZmtpException)
        {
            // Reset, which is as good as closed.
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task ReadAsync(int count)
    {
        var read = await _connection.Input.ReadAtLeastAsync(count, TestTimeout.Token);
        if (read.Buffer.Length < count) throw new EndOfStreamException("The other end has closed.");
        _connection.Input.AdvanceTo(read.Buffer.GetPosition(count));
    }
}
