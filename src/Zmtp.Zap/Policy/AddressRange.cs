using System.Net;
using System.Net.Sockets;
using Zmtp.Text;

namespace Zmtp.Zap;

/// <summary>An address or a CIDR block. An IPv4 address in IPv6 clothes (::ffff:a.b.c.d) is the IPv4 address.</summary>
internal sealed class AddressRange : IEquatable<AddressRange>
{
    private const int MappedPrefix = 96;

    private readonly byte[] _network;
    private readonly int _prefix;
    private readonly string _text;

    private AddressRange(byte[] network, int prefix, string text)
    {
        _network = network;
        _prefix = prefix;
        _text = text;
    }

    /// <exception cref="ArgumentException">The text is no address and no block; the message says why.</exception>
    public static AddressRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = ParseAddress(slash < 0 ? text : text[..slash], text);
        var octets = address.GetAddressBytes();
        var prefix = slash < 0 ? octets.Length * 8 : ParsePrefix(text[(slash + 1)..], octets.Length * 8, text);
        if (address.IsIPv4MappedToIPv6)
        {
            if (prefix < MappedPrefix) throw Refuse(text, "The block is larger than all of IPv4. Write it as IPv4 or as IPv6.");
            octets = octets[(MappedPrefix / 8)..];
            prefix -= MappedPrefix;
        }

        var network = (byte[])octets.Clone();
        for (var i = 0; i < network.Length; i++) network[i] &= Mask(prefix, i);
        if (network.AsSpan().SequenceEqual(octets)) return new AddressRange(network, prefix, text);
        throw Refuse(text, $"The address has bits set beyond its prefix. Did you mean {new IPAddress(network)}/{prefix}?");
    }

    /// <summary>The octets of a peer's address, or null when the text is no address.</summary>
    public static byte[]? ReadPeer(string address)
    {
        // A zone (fe80::1%eth0) says by which interface, not who.
        if (!IPAddress.TryParse(address[..^ZoneOf(address).Length], out var parsed)) return null;
        return (parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed).GetAddressBytes();
    }

    /// <summary>The zone of a peer's address, with the "%" before it; empty where there is none.</summary>
    public static string ZoneOf(string address)
    {
        var zone = address.IndexOf('%', StringComparison.Ordinal);
        return zone < 0 ? "" : address[zone..];
    }

    public bool Contains(byte[] address)
    {
        if (address.Length != _network.Length) return false;
        for (var i = 0; i < address.Length; i++)
        {
            if ((address[i] & Mask(_prefix, i)) != _network[i]) return false;
        }

        return true;
    }

    /// <summary>Whether both hold the same addresses, however they are written.</summary>
    public bool Equals(AddressRange? other) =>
        other is not null && _prefix == other._prefix && _network.AsSpan().SequenceEqual(other._network);

    public override bool Equals(object? obj) => Equals(obj as AddressRange);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_network);
        hash.Add(_prefix);
        return hash.ToHashCode();
    }

    public override string ToString() => _text;

    private static IPAddress ParseAddress(string address, string text)
    {
        if (address.Contains('%', StringComparison.Ordinal)) throw Refuse(text, "Leave out the zone behind \"%\".");
        if (!IPAddress.TryParse(address, out var parsed) || address.Contains('[', StringComparison.Ordinal))
        {
            throw Refuse(
                text, "It is not an IP address. Names are not looked up, because a name server would then decide who comes in.");
        }

        // "1", "127.1" and "010.0.0.1" are addresses to the system, and seldom those that the writer meant; so is "::ffff:10.0.0.010".
        var isPlain = parsed.AddressFamily == AddressFamily.InterNetwork ? AddressText.IsIPv4(address) : AddressText.HasPlainEnd(address);
        return isPlain ? parsed : throw Refuse(text, $"Write all four parts in decimal. Did you mean {parsed}?");
    }

    private static int ParsePrefix(string prefix, int longest, string text)
    {
        if (AsciiNumber.TryRead<int>(prefix, out var length) && length <= longest) return length;
        throw Refuse(text, $"After \"/\" comes the length of the prefix, 0 to {longest}.");
    }

    private static byte Mask(int prefix, int index)
    {
        var bits = Math.Clamp(prefix - (index * 8), 0, 8);
        return (byte)((0xFF << (8 - bits)) & 0xFF);
    }

    private static ArgumentException Refuse(string text, string why) =>
        new($"\"{text}\" is not an address or CIDR block such as 192.168.0.0/16 or 2001:db8::1. {why}");
}
