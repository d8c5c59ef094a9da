using Zmtp.Engine;
using Zmtp.Threading;
using Zmtp.Transports;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// A peer whose handshake is under way. It can be dropped at any moment, also while it is the authenticator that takes so long and nobody
/// looks at the transport.
/// </summary>
/// <param name="transport">Its connection.</param>
/// <param name="remoteEndpoint">Asked once: a transport of the application's may not know it any more when its connection has ended.</param>
/// <param name="closing">The socket is closing.</param>
internal sealed class Arrival(TransportConnection transport, string remoteEndpoint, CancellationToken closing) : IDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(closing);
    private readonly Lock _gate = new();
    private bool _isOver;

    public TransportConnection Transport => transport;

    public string RemoteEndpoint => remoteEndpoint;

    /// <summary>Fires when the peer is dropped, and when its socket closes.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Why it had to make room, before it is dropped. Under the gate of its endpoint.</summary>
    public Crowding CrowdedOutBy { get; set; }

    /// <summary>Ends the handshake to make room; does nothing when it is over.</summary>
    public void Drop(ZmtpSocket socket, string endpoint)
    {
        using (_gate.Hold())
        {
            if (_isOver) return;
            try
            {
                transport.AbortGuarded(e => socket.TellOfDefect(endpoint, e));
            }
            finally
            {
                GivingUp.Tell(_stop, socket, endpoint);
            }
        }
    }

    /// <summary>The handshake is over; the transport is somebody else's business.</summary>
    public void Dispose()
    {
        using (_gate.Hold())
        {
            _isOver = true;
            _stop.Dispose();
        }
    }
}
