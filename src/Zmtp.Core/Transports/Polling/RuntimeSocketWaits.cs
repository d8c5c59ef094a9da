using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Zmtp.Transports.Polling;

/// <summary>The waits of a socket by means of the runtime: a receive of zero octets, a send that completes later.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing.")]
internal sealed class RuntimeSocketWaits(Socket socket) : SocketWaits
{
    /// <summary>The runtime tells of a send when all of it has left: how far a long one has come could not be seen.</summary>
    private const int MaximumPiece = 128 * 1024;

    // End a wait. Replaced after use.
    private CancellationTokenSource _endRead = new();
    private CancellationTokenSource _endWrite = new();

    public override bool TellsOfFaults => true;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask ReadableAsync()
    {
        try
        {
            if (_endRead.IsCancellationRequested) _endRead = new CancellationTokenSource();
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, _endRead.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The canceller has said why elsewhere.
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> SendAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            if (_endWrite.IsCancellationRequested) _endWrite = new CancellationTokenSource();
            if (octets.Length > MaximumPiece) octets = octets[..MaximumPiece];
            return await socket.SendAsync(octets, SocketFlags.None, _endWrite.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Some of it may have left, and the runtime does not tell how much: to send the rest again would send octets twice.
            throw new SocketException((int)SocketError.OperationAborted);
        }
    }

    public override async ValueTask<IPEndPoint?> ConnectAsync(EndPoint remote, CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(remote, cancellationToken).ConfigureAwait(false);
        return socket.LocalEndPoint as IPEndPoint;
    }

    public override ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken) => socket.AcceptAsync(cancellationToken);

    public override void CancelRead() => Volatile.Read(ref _endRead).Cancel();

    public override void CancelWrite() => Volatile.Read(ref _endWrite).Cancel();

    public override void End()
    {
        // The runtime ends what waits for a socket that is closed.
    }
}
