namespace Zmtp.Security;

/// <summary>
/// The question a server's handshake asks before it lets a peer in: the facts of a ZAP request (RFC 27, section "Request").
/// Immutable; safe on any thread.
/// </summary>
/// <remarks>Credentials are secrets. They are never part of <see cref="ToString"/>.</remarks>
public sealed class AuthenticationRequest
{
    /// <summary>Creates a request.</summary>
    /// <param name="domain">The ZAP domain, at most 255 ASCII characters; may be empty.</param>
    /// <param name="address">The peer's IP address as text, without a port; empty for ipc. About inproc peers nobody is asked.</param>
    /// <param name="identity">The peer's Identity property where it is known, else empty.</param>
    /// <param name="mechanism">NULL, PLAIN, CURVE or the name of a mechanism of the application.</param>
    /// <param name="credentials">What the mechanism defines: nothing; user name and password; the 32-octet client key.</param>
    public AuthenticationRequest(
        string domain,
        string address,
        ReadOnlyMemory<byte> identity,
        string mechanism,
        IReadOnlyList<ReadOnlyMemory<byte>> credentials)
    {
        Domain = domain;
        Address = address;
        Identity = identity;
        Mechanism = mechanism;
        Credentials = credentials;
    }

    /// <summary>The ZAP domain of the socket that was connected to. May be empty.</summary>
    public string Domain { get; }

    /// <summary>The peer's IP address, without a port: dotted IPv4 or canonical IPv6. Empty where there is none.</summary>
    public string Address { get; }

    /// <summary>The peer's Identity where it is already known (CURVE), else empty.</summary>
    public ReadOnlyMemory<byte> Identity { get; }

    /// <summary>The mechanism: NULL, PLAIN, CURVE, …</summary>
    public string Mechanism { get; }

    /// <summary>NULL: none. PLAIN: user name, password. CURVE: the client's permanent public key, 32 octets.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Credentials { get; }

    /// <summary>Mechanism, domain and address; never the credentials.</summary>
    public override string ToString() => $"{Mechanism} request from {(Address.Length == 0 ? "a local peer" : Address)} in domain \"{Domain}\"";
}
