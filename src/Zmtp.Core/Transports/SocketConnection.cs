using System.IO.Pipelines;
using System.Net.Sockets;
using Zmtp.Threading;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>A connection over a stream socket, tcp or ipc. Owns the socket.</summary>
internal sealed class SocketConnection : TransportConnection
{
    private readonly Socket _socket;
    private readonly SocketWaits _waits;
    private readonly SocketPipeReader _input;
    private readonly SocketPipeWriter _output;
    private int _aborted;
    private int _disposed;

    /// <summary>Takes over a connected socket that does not block, and its waits.</summary>
    public SocketConnection(Socket socket, SocketWaits waits, string localEndpoint, string remoteEndpoint, string peerAddress)
    {
        _socket = socket;
        _waits = waits;
        LocalEndpoint = localEndpoint;
        RemoteEndpoint = remoteEndpoint;
        PeerAddress = peerAddress;
        _input = new SocketPipeReader(this, socket, waits);
        _output = new SocketPipeWriter(this, socket, waits);
    }

    public override PipeReader Input => _input;

    public override PipeWriter Output => _output;

    public override string LocalEndpoint { get; }

    public override string RemoteEndpoint { get; }

    public override string PeerAddress { get; }

    /// <summary>Whether this side ended the connection.</summary>
    internal bool IsAborted => Volatile.Read(ref _aborted) != 0;

    /// <summary>What it is made of: for tests.</summary>
    internal Socket Socket => _socket;

    public override void CompleteOutput()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is gone already, and with it the output: what was asked for is the case.
        }
    }

    public override void Abort()
    {
        if (Interlocked.Exchange(ref _aborted, 1) != 0) return;
        try
        {
            // Pending receives and sends end with an error; octets already with the system are still delivered. Dispose waits for a send
            // that another thread is in: for a moment, because the socket does not block. An interrupt may end that wait; then the
            // descriptor is lost, but nobody waits for the connection.
            Uninterrupted.RunOnce(_socket, static socket => socket.Dispose());
        }
        finally
        {
            _waits.End();
        }
    }

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return default;
        Abort();
        _input.Release();
        _output.Release();
        return default;
    }

    /// <summary>The error to raise for one of the socket.</summary>
    internal ZmtpException Fail(Exception exception) =>
        IsAborted ? SocketFaults.Aborted(RemoteEndpoint, exception) : SocketFaults.Lost(RemoteEndpoint, exception);
}
