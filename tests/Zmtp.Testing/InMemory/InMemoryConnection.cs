using System.IO.Pipelines;
using Zmtp.Transports;

namespace Zmtp.Testing;

/// <summary>One end of a connection over two pipes. It behaves as one over a socket: abort, half-close and lost peers included.</summary>
public sealed class InMemoryConnection : TransportConnection
{
    // As much as a kernel buffer holds before a write has to wait.
    private const int PauseThreshold = 64 * 1024;

    private readonly InMemoryReader _input;
    private readonly InMemoryWriter _output;
    private readonly PipeWriter _peerOutput;
    private InMemoryConnection? _peer;
    private int _aborted;
    private volatile bool _isPeerGone;

    private InMemoryConnection(Pipe incoming, Pipe outgoing, string endpoint, int maximumRead, string peerAddress)
    {
        _input = new InMemoryReader(this, incoming.Reader, maximumRead);
        _output = new InMemoryWriter(this, outgoing.Writer);
        _peerOutput = incoming.Writer;
        LocalEndpoint = RemoteEndpoint = endpoint;
        PeerAddress = peerAddress;
    }

    public override PipeReader Input => _input;

    public override PipeWriter Output => _output;

    public override string LocalEndpoint { get; }

    public override string RemoteEndpoint { get; }

    public override string PeerAddress { get; }

    internal bool IsAborted => Volatile.Read(ref _aborted) != 0;

    /// <summary>Makes the two ends of a connection.</summary>
    /// <param name="endpoint">What both ends call each other.</param>
    /// <param name="maximumRead">Each read shows at most so many new octets.</param>
    /// <param name="peerAddress">What both ends say is the peer's address.</param>
    public static (InMemoryConnection Client, InMemoryConnection Server) CreatePair(
        string endpoint = "mem://pair", int maximumRead = int.MaxValue, string peerAddress = "")
    {
        var options = new PipeOptions(
            pauseWriterThreshold: PauseThreshold, resumeWriterThreshold: PauseThreshold / 2, useSynchronizationContext: false);
        var there = new Pipe(options);
        var back = new Pipe(options);
        var client = new InMemoryConnection(back, there, endpoint, maximumRead, peerAddress);
        var server = new InMemoryConnection(there, back, endpoint, maximumRead, peerAddress) { _peer = client };
        client._peer = server;
        return (client, server);
    }

    public override void CompleteOutput() => _output.Complete();

    public override void Abort()
    {
        if (Interlocked.Exchange(ref _aborted, 1) != 0) return;
        _input.CancelPendingRead();
        _output.CancelPendingFlush();
        _output.Complete();
        _peer!._isPeerGone = true;
        _peerOutput.CancelPendingFlush();
    }

    public override ValueTask DisposeAsync()
    {
        Abort();
        return default;
    }

    internal void ThrowIfAborted()
    {
        if (IsAborted) throw new ZmtpException("The connection was closed on this side.", FaultOrigin.Local, mayRetry: true);
    }

    internal void ThrowIfPeerGone()
    {
        ThrowIfAborted();
        if (_isPeerGone) throw new ZmtpException("The connection was reset by the peer.", FaultOrigin.Network, mayRetry: true);
    }
}
