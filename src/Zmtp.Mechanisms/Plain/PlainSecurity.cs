using System.Text;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>
/// PLAIN (RFC 24): the client shows a user name and a password, the server's authenticator decides. Nothing is encrypted.
/// Immutable; safe on any thread.
/// </summary>
/// <remarks>
/// Name and password cross the network in clear text: use PLAIN inside a network that you trust. Who is client and who is server is
/// independent of who binds and who connects.
/// </remarks>
public sealed class PlainSecurity : ZmtpSecurity
{
    /// <summary>The longest user name and the longest password, in octets of UTF-8.</summary>
    public const int MaxLength = byte.MaxValue;

    // They stay as long as the object does: a reconnect needs them again.
    private readonly byte[] _userName;
    private readonly byte[] _password;

    private PlainSecurity(bool isServer, byte[] userName, byte[] password)
    {
        IsServer = isServer;
        _userName = userName;
        _password = password;
    }

    /// <summary>The client's end.</summary>
    /// <param name="userName">0 to <see cref="MaxLength"/> octets of UTF-8.</param>
    /// <param name="password">0 to <see cref="MaxLength"/> octets of UTF-8.</param>
    /// <exception cref="ArgumentException">One of them is longer.</exception>
    public static PlainSecurity Client(string userName, string password) =>
        new(isServer: false, Encode(userName, "user name", nameof(userName)), Encode(password, "password", nameof(password)));

    /// <summary>The server's end. It asks the authenticator about every client; without one, nobody gets in.</summary>
    public static PlainSecurity Server() => new(isServer: true, [], []);

    /// <inheritdoc/>
    public override string MechanismName => "PLAIN";

    /// <inheritdoc/>
    public override bool IsServer { get; }

    /// <inheritdoc/>
    public override Mechanism CreateMechanism(HandshakeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return IsServer ? new PlainServerMechanism(context) : new PlainClientMechanism(context, _userName, _password);
    }

    private static byte[] Encode(string text, string what, string parameter)
    {
        ArgumentNullException.ThrowIfNull(text, parameter);
        var octets = Encoding.UTF8.GetBytes(text);
        if (octets.Length <= MaxLength) return octets;
        throw new ArgumentException($"The {what} has {octets.Length} octets of UTF-8; PLAIN allows at most {MaxLength}.", parameter);
    }
}
