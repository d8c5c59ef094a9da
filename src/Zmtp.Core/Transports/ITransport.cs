namespace Zmtp.Transports;

/// <summary>
/// A way to reach a peer by bytes: tcp, ipc, or one of the application's own. A contract of two: listen and connect.
/// Implementations are safe on any thread.
/// </summary>
public interface ITransport
{
    /// <summary>The part of an endpoint before "://", in lower case.</summary>
    string Scheme { get; }

    /// <summary>Starts to listen.</summary>
    /// <param name="endpoint">Where; may hold wildcards.</param>
    /// <param name="options">Socket settings.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ZmtpEndpointException">The address is in use, unknown or not allowed.</exception>
    ValueTask<TransportListener> ListenAsync(ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken);

    /// <summary>Makes one attempt to connect. Names are resolved anew at each call.</summary>
    /// <param name="endpoint">Where to.</param>
    /// <param name="options">Socket settings.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ZmtpEndpointException">Nobody answered, or the name is unknown; may be retried.</exception>
    ValueTask<TransportConnection> ConnectAsync(ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken);
}
