namespace Zmtp.Sockets.Metering;

/// <summary>What connections are told apart by: never by who the peer is or where, of which there may be any number.</summary>
/// <param name="SocketType">The type of the socket whose connection it is.</param>
/// <param name="Transport">The scheme of its endpoint.</param>
/// <param name="Mechanism">The security mechanism; empty over inproc.</param>
/// <param name="IsIncoming">Whether the peer connected to us.</param>
internal readonly record struct ConnectionSeries(SocketType SocketType, string Transport, string Mechanism, bool IsIncoming)
{
    public KeyValuePair<string, object?>[] Tags()
    {
        KeyValuePair<string, object?>[] tags =
        [
            new(TagNames.SocketType, SocketTypes.ToToken(SocketType)),
            new(TagNames.Transport, Transport),
            new(TagNames.Role, TagNames.RoleOf(IsIncoming)),
        ];
        return Mechanism.Length == 0 ? tags : [.. tags, new(TagNames.Mechanism, Mechanism)];
    }
}
