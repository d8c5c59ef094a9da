using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Zmtp.Testing.Peers;

/// <summary>Endpoint text to socket address, for tests that must not lean on the parser under test.</summary>
internal static class RawEndpoint
{
    public static EndPoint Parse(string endpoint)
    {
        if (endpoint.StartsWith("ipc://@", StringComparison.Ordinal))
        {
            return new UnixDomainSocketEndPoint("\0" + endpoint["ipc://@".Length..]);
        }

        if (endpoint.StartsWith("ipc://", StringComparison.Ordinal))
        {
            return new UnixDomainSocketEndPoint(endpoint["ipc://".Length..]);
        }

        string address = endpoint["tcp://".Length..];
        int colon = address.LastIndexOf(':');
        int port = int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture);
        string host = address[..colon].Trim('[', ']');
        return new IPEndPoint(host is "localhost" or "*" or "0.0.0.0" ? IPAddress.Loopback : IPAddress.Parse(host), port);
    }

    public static Socket CreateSocket(EndPoint address) => address.AddressFamily == AddressFamily.Unix
        ? new Socket(AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(address.AddressFamily, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
}
