namespace Zmtp.Security;

/// <summary>
/// Decides whether a peer may come in. A handshake asks; it never decides by itself.
/// </summary>
/// <remarks>
/// Implementations must be safe for concurrent calls. Whatever is not an explicit
/// <see cref="AuthenticationStatus.Success"/> — another status, an exception, no answer within the handshake time — refuses the
/// peer. A 200 may carry an <see cref="Admission"/>: then the peer can be sent away later.
/// <para>
/// Await what takes time. One that blocks its thread before its first await costs a thread for each peer that it is asked about, and is
/// asked about no more of them at once than there are processors, or 16 where there are fewer; others wait for a turn, without a thread,
/// and those whose time is over meanwhile are refused. The rest of the process goes on. A call that never comes back keeps its turn for good.
/// </para>
/// </remarks>
public interface IAuthenticator
{
    /// <summary>Answers one request.</summary>
    /// <param name="request">The facts. The credentials' memory is valid until the returned task completes, also when nobody waits for it any
    /// more; then passwords in it are zeroed.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits any more: the handshake time is over, the peer was dropped to make room for others, or its socket closes.</param>
    /// <exception cref="ZmtpProtocolException">The answer of a foreign ZAP handler was malformed: refused without ERROR.</exception>
    ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken);
}
