using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>What a policy of the application is asked. Immutable; valid until the policy's task completes.</summary>
public sealed class PolicyRequest
{
    internal PolicyRequest(AuthenticationRequest facts, string userId, ZmtpMetadata metadata, bool isRecheck)
    {
        Facts = facts;
        UserId = userId;
        Metadata = metadata;
        IsRecheck = isRecheck;
    }

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
