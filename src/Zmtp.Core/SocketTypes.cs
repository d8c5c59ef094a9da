using System.Text;

namespace Zmtp;

/// <summary>The wire tokens of the socket types, and which of them talk to each other (RFC 23 and RFC 37, "Socket-Type").</summary>
public static class SocketTypes
{
    private static readonly string[] Tokens =
    [
        "PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB",
        "CLIENT", "SERVER", "RADIO", "DISH", "SCATTER", "GATHER", "PEER", "CHANNEL",
    ];

    private static readonly byte[][] TokenOctets = [.. Tokens.Select(Encoding.ASCII.GetBytes)];

    /// <summary>The token that stands for a type in the Socket-Type property.</summary>
    /// <param name="type">A socket type.</param>
    public static string ToToken(SocketType type) => Tokens[(int)type];

    /// <summary>Reads a Socket-Type token: exact upper-case octets, nothing around them.</summary>
    /// <param name="token">The property's value.</param>
    /// <param name="type">The type it stands for.</param>
    /// <returns>Whether the token is known.</returns>
    public static bool TryParse(ReadOnlySpan<byte> token, out SocketType type)
    {
        for (var i = 0; i < TokenOctets.Length; i++)
        {
            if (!token.SequenceEqual(TokenOctets[i])) continue;
            type = (SocketType)i;
            return true;
        }

        type = default;
        return false;
    }

    /// <summary>Whether two types may be connected. Symmetric.</summary>
    /// <param name="one">The type at one end.</param>
    /// <param name="other">The type at the other end.</param>
    public static bool AreCompatible(SocketType one, SocketType other) => Speaks(one, other) || Speaks(other, one);

    /// <summary>The token at the beginning of a sentence: "A SUB", "An XPUB".</summary>
    internal static string WithArticle(SocketType type) => $"{(type is SocketType.XPub or SocketType.XSub ? "An" : "A")} {ToToken(type)}";

    private static bool Speaks(SocketType one, SocketType other) => (one, other) switch
    {
        (SocketType.Pair, SocketType.Pair) => true,
        (SocketType.Pub or SocketType.XPub, SocketType.Sub or SocketType.XSub) => true,
        (SocketType.Req, SocketType.Rep or SocketType.Router) => true,
        (SocketType.Dealer, SocketType.Rep or SocketType.Dealer or SocketType.Router) => true,
        (SocketType.Router, SocketType.Router) => true,
        (SocketType.Push, SocketType.Pull) => true,
        (SocketType.Client, SocketType.Server) => true,
        (SocketType.Radio, SocketType.Dish) => true,
        (SocketType.Scatter, SocketType.Gather) => true,
        (SocketType.Peer, SocketType.Peer) => true,
        (SocketType.Channel, SocketType.Channel) => true,
        _ => false,
    };
}
