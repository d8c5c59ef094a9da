namespace Zmtp.Security;

/// <summary>
/// How a socket secures its connections: the mechanism, this end's role in it, and its credentials. Immutable; one
/// instance may serve any number of sockets and connections at once.
/// </summary>
/// <remarks>The mechanism is always the one configured here; what a peer's greeting names can only match it or be refused.</remarks>
public abstract class ZmtpSecurity
{
    /// <summary>The mechanism name for octets 12 to 31 of the greeting: 1 to 20 of A-Z, 0-9, "-", "_", ".", "+".</summary>
    public abstract string MechanismName { get; }

    /// <summary>Whether this end is the mechanism's server; goes out as the as-server octet. Independent of bind and connect.</summary>
    public abstract bool IsServer { get; }

    /// <summary>Whether the mechanism knows client and server roles at all. NULL does not.</summary>
    public virtual bool HasRoles => true;

    /// <summary>
    /// Whether every peer is let in and no authenticator is asked about it: under NULL without a domain, and at a CURVE server that lets any client in.
    /// False for the mechanism's client, which asks to be let in. A socket that listens so in a context with an authenticator has a warning
    /// in the log.
    /// </summary>
    /// <param name="domain">The ZAP domain of the socket, empty when none is set.</param>
    /// <exception cref="ArgumentNullException">The domain is null.</exception>
    public virtual bool AsksNobody(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return false;
    }

    /// <summary>Creates the state machine of one connection, after both greetings have been exchanged.</summary>
    /// <param name="context">The facts of this connection.</param>
    public abstract Mechanism CreateMechanism(HandshakeContext context);

    /// <summary>
    /// Called when a socket binds or connects over anything but inproc, so that a credential which was disposed of is told there, and not
    /// only by handshakes that fail. Does nothing unless it is overridden.
    /// </summary>
    /// <exception cref="ObjectDisposedException">A key or another credential of this has been disposed of.</exception>
    public virtual void ThrowIfDisposed()
    {
    }
}
