using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Zmtp.Text;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>From the host of an endpoint to addresses, and from addresses to text.</summary>
internal static class TcpAddresses
{
    /// <summary>The address to connect to when the host is one; null when it is a name, for the name service.</summary>
    public static IPAddress? RemoteLiteral(string host)
    {
        if (!TryLiteral(host, out var address)) return null;

        // To connect to "any address" means this machine on Unix and an error on Windows; one meaning for both.
        return address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : address;
    }

    /// <summary>The addresses of this machine that a host means: a literal, the name of an interface, or a name; IPv4 first.</summary>
    public static async ValueTask<IPAddress[]> LocalAsync(NameLookup names, string host, CancellationToken cancellationToken)
    {
        if (TryLiteral(host, out var address)) return [address];
        var addresses = OfInterface(host, NetworkInterface.GetAllNetworkInterfaces)
            ?? await OfNameAsync(names, host, cancellationToken).ConfigureAwait(false);
        return [.. addresses.OrderBy(static candidate => candidate.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)];
    }

    /// <summary>The addresses that the name service knows for a name.</summary>
    public static async ValueTask<IPAddress[]> OfNameAsync(NameLookup names, string name, CancellationToken cancellationToken) =>
        Array.ConvertAll(await names.AddressesAsync(name, cancellationToken).ConfigureAwait(false), Plain);

    /// <summary>
    /// Makes a port usable again while closed connections linger on it. Windows: nobody else may take the port over. Unix:
    /// SO_REUSEADDR by its number, because the portable option of .NET sets SO_REUSEPORT too, with which two listeners share a port.
    /// </summary>
    public static void AllowRebind(Socket socket)
    {
        const int LinuxSocketLevel = 1;
        const int LinuxReuseAddress = 2;
        const int BsdSocketLevel = 0xFFFF;
        const int BsdReuseAddress = 4;
        ReadOnlySpan<byte> on = BitConverter.GetBytes(1);
        if (OperatingSystem.IsWindows()) socket.ExclusiveAddressUse = true;
        else if (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid()) socket.SetRawSocketOption(LinuxSocketLevel, LinuxReuseAddress, on);
        else socket.SetRawSocketOption(BsdSocketLevel, BsdReuseAddress, on);
    }

    /// <summary>Wraps a connected socket.</summary>
    public static SocketConnection ToConnection(Socket socket, SocketWaits waits, IPEndPoint local, IPEndPoint remote) => new(
        socket, waits, ToText(local.Address, local.Port), ToText(remote.Address, remote.Port), ToText(remote.Address));

    /// <summary>An endpoint as text.</summary>
    public static string ToText(IPAddress address, int port)
    {
        var host = ToText(address);
        return string.Create(
            CultureInfo.InvariantCulture, $"tcp://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");
    }

    /// <summary>
    /// An address as text: IPv4 dotted even if it came in through an IPv6 socket, IPv6 canonical (RFC 5952), with a zone only if it
    /// is link-local. So one peer has one text, and an allow list can compare.
    /// </summary>
    public static string ToText(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4().ToString();
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv6LinkLocal && address.ScopeId != 0)
        {
            address = new IPAddress(address.GetAddressBytes());
        }
        return address.ToString();
    }

    /// <summary>An IPv4 address in IPv6's clothes as what it is: a socket of IPv6 alone neither binds nor connects to it.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool TryLiteral(string host, out IPAddress address)
    {
        var zone = host.IndexOf('%', StringComparison.Ordinal);
        if (!IPAddress.TryParse(zone < 0 ? host : host[..zone], out address!)) return false;
        address = Plain(address);
        if (zone < 0 || address.AddressFamily == AddressFamily.InterNetwork) return true;
        address = new IPAddress(address.GetAddressBytes(), ZoneNumber(host[(zone + 1)..], NetworkInterface.GetAllNetworkInterfaces));
        return true;
    }

    /// <summary>The number of a zone, which may be the name of an interface.</summary>
    /// <param name="zone">What stands behind the "%".</param>
    /// <param name="interfaces">Lists the interfaces of this machine.</param>
    internal static long ZoneNumber(string zone, Func<NetworkInterface[]> interfaces)
    {
        if (AsciiNumber.TryRead<uint>(zone, out var number)) return number;
        try
        {
            var found = Array.Find(interfaces(), candidate => candidate.Name == zone);
            return found?.GetIPProperties().GetIPv6Properties().Index ?? throw new SocketException((int)SocketError.AddressNotAvailable);
        }
        catch (Exception e) when (IsUnlisted(e))
        {
            throw new SocketException(
                (int)SocketError.SocketError,
                $"the number of the zone {zone} is not known, because the interfaces of this machine cannot be listed ({e.Message.TrimEnd('.')}); " +
                "write the number in place of the name");
        }
    }

    /// <summary>The addresses of an interface; null when there is none of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="interfaces">Lists the interfaces of this machine.</param>
    internal static IPAddress[]? OfInterface(string name, Func<NetworkInterface[]> interfaces)
    {
        try
        {
            var found = Array.Find(interfaces(), candidate => candidate.Name == name);
            return found is null ? null : [.. found.GetIPProperties().UnicastAddresses.Select(static unicast => unicast.Address)];
        }
        catch (Exception e) when (IsUnlisted(e))
        {
            // A service that may not ask, or has no descriptor left. Most names are none of an interface, and the name service tells of what is wrong.
            return null;
        }
    }

    // The runtime asks the system, and besides reads files of it.
    private static bool IsUnlisted(Exception exception) => exception is NetworkInformationException or IOException;
}
