using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>
/// NULL (RFC 23): no authentication by itself and no encryption. With a ZAP domain on the socket, an authenticator decides on the
/// peer's address before READY is sent. Immutable; safe on any thread.
/// </summary>
/// <remarks>Everybody on the way can read and change what is sent. Use it inside one machine or on a network that you trust.</remarks>
public sealed class NullSecurity : ZmtpSecurity
{
    /// <summary>The one instance.</summary>
    public static readonly NullSecurity Instance = new();

    private NullSecurity()
    {
    }

    /// <inheritdoc/>
    public override string MechanismName => "NULL";

    /// <summary>False: NULL has no roles, and as-server goes out as zero at both ends.</summary>
    public override bool IsServer => false;

    /// <inheritdoc/>
    public override bool HasRoles => false;

    /// <inheritdoc/>
    public override bool AsksNobody(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return domain.Length == 0;
    }

    /// <inheritdoc/>
    public override Mechanism CreateMechanism(HandshakeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new NullMechanism(context);
    }
}
