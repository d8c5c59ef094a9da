using System.Net;
using System.Net.Sockets;

namespace Zmtp.Zap;

/// <summary>What is taken for one host where something is counted or shared out by address.</summary>
internal static class AddressKey
{
    private const int Ipv6NetworkOctets = 8;

    /// <summary>
    /// By what connections are counted: an IPv4 address, or the /64 network of an IPv6 address, because one host has all of it, and
    /// maybe more; but a link-local address with its zone, because all hosts of all links share that network. Empty for peers that have no address.
    /// </summary>
    /// <param name="address">The address of a request.</param>
    public static string OfHost(string address) => Of(address, isLinkOne: false);

    /// <summary>
    /// By what turns are taken: as <see cref="OfHost"/>, but a link is one, because a host may take as many of its addresses as it likes and would
    /// have a turn for each.
    /// </summary>
    /// <param name="address">The address of a request.</param>
    public static string OfTurns(string address) => Of(address, isLinkOne: true);

    private static string Of(string address, bool isLinkOne)
    {
        if (AddressRange.ReadPeer(address) is not { } octets) return address;
        var parsed = new IPAddress(octets);
        if (parsed.AddressFamily != AddressFamily.InterNetworkV6) return parsed.ToString();
        var zone = parsed.IsIPv6LinkLocal ? AddressRange.ZoneOf(address) : "";
        if (parsed.IsIPv6LinkLocal && !isLinkOne) return parsed + zone;
        octets.AsSpan(Ipv6NetworkOctets).Clear();
        return $"{new IPAddress(octets)}/{Ipv6NetworkOctets * 8}{zone}";
    }
}
