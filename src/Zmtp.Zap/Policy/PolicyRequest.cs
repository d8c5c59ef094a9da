using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>What a policy of the application is asked. Immutable; valid until the policy's task completes.</summary>
public sealed class PolicyRequest
{
    /// <summary>Creates a request: what a test of a policy asks it. Authenticators make their own.</summary>
    /// <param name="facts">As <see cref="Facts"/>; not copied.</param>
    /// <param name="userId">As <see cref="UserId"/>.</param>
    /// <param name="metadata">As <see cref="Metadata"/>; null for none.</param>
    /// <param name="isRecheck">As <see cref="IsRecheck"/>.</param>
    /// <exception cref="ArgumentNullException">Facts or user id are null.</exception>
    public PolicyRequest(AuthenticationRequest facts, string userId = "", ZmtpMetadata? metadata = null, bool isRecheck = false)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(userId);
        Facts = facts;
        UserId = userId;
        Metadata = metadata ?? ZmtpMetadata.Empty;
        IsRecheck = isRecheck;
    }

    /// <summary>The ZAP domain of the socket that the peer connects to. May be empty.</summary>
    public string Domain => Facts.Domain;

    /// <summary>The peer's IP address, without a port: dotted IPv4 or canonical IPv6. Empty where there is none.</summary>
    public string Address => Facts.Address;

    /// <summary>The mechanism: NULL, PLAIN, CURVE, …</summary>
    public string Mechanism => Facts.Mechanism;

    /// <summary>
    /// Domain, address, mechanism, credentials. Credentials are secrets: never log them. When <see cref="IsRecheck"/>, PLAIN has the
    /// user name only, because no password is kept. Those of a mechanism of the application's own are kept whole while the peer is connected,
    /// in memory that stays where it is and is zeroed when the peer leaves.
    /// </summary>
    public AuthenticationRequest Facts { get; }

    /// <summary>
    /// The peer's name: under PLAIN the user name, verified by the store unless <see cref="PolicyOptions.InsteadOfStores"/>; under CURVE
    /// the client's key in Z85, which it has proved to own; else empty.
    /// </summary>
    public string UserId { get; }

    /// <summary>What the certificate store knows of the client; empty where none was asked.</summary>
    public ZmtpMetadata Metadata { get; }

    /// <summary>Whether the peer has been let in already, and the question is whether it may stay.</summary>
    public bool IsRecheck { get; }

    /// <summary>Mechanism, domain and address; never the credentials.</summary>
    public override string ToString() => Facts.ToString();
}
