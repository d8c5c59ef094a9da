using Zmtp.Cli.Json;
using Zmtp.Mechanisms;

namespace Zmtp.Cli.Sockets;

/// <summary>What an authenticator decided about one peer, with what the peer says of itself as it came. Never its password.</summary>
/// <param name="Time">When, in this machine's time.</param>
/// <param name="Status">200, 300, 400 or 500.</param>
/// <param name="Reason">The authenticator's words.</param>
/// <param name="Mechanism">The mechanism of the connection.</param>
/// <param name="Domain">The ZAP domain.</param>
/// <param name="Address">The peer's IP address; empty where there is none.</param>
/// <param name="User">The name that the peer claims or was given, octets of UTF-8 as a rule; null where there is none.</param>
/// <param name="PublicKey">CURVE: its key.</param>
/// <param name="Identity">Its Identity; null where it is not known.</param>
/// <param name="Metadata">What the authenticator adds.</param>
internal sealed record Decision(
    string Time,
    int Status,
    string Reason,
    string Mechanism,
    string Domain,
    string Address,
    byte[]? User,
    CurvePublicKey? PublicKey,
    byte[]? Identity,
    IReadOnlyDictionary<string, byte[]> Metadata)
{
    /// <summary>The same for --json.</summary>
    public DecisionJson ToJson()
    {
        var octets = JsonOctets.Of([User, Identity, .. Metadata.Values.Select(static value => (ReadOnlyMemory<byte>)value)]);
        return new DecisionJson(
            Time,
            Status,
            Reason,
            Mechanism,
            Domain,
            Address,
            User is null ? null : octets.Write(User),
            PublicKey?.ToString(),
            Identity is null ? null : octets.Write(Identity),
            Metadata.Count == 0 ? null : Metadata.ToDictionary(static property => property.Key, property => octets.Write(property.Value)),
            octets.Encoding);
    }
}
