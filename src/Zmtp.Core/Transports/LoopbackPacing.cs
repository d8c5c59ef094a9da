using System.Net;
using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>
/// Keeps the kernel from pacing connections over loopback. Where the system's congestion control is one that paces (BBR), it sends by a timer,
/// at a rate that it takes from when acknowledgements come. On loopback that is when the other end had a core: the rate comes out wrong, and for seconds
/// at a time a stream may have half of what it could, while there is nothing that could be congested. Measured beside BBR on two cores:
/// 1.2 to 1.9 times the messages of 64 KiB, 1.2 to 1.6 of 1 MiB, 1.16 of 1 MiB under CURVE (docs/performance-journal.md).
/// </summary>
/// <remarks>
/// Linux, where one may ask. Other connections keep what the system has chosen for them: also from one address of this machine to another, and between
/// containers of one host.
/// </remarks>
internal static class LoopbackPacing
{
    // IPPROTO_TCP, TCP_CONGESTION and TCP_CA_NAME_MAX.
    private const int TcpLevel = 6;
    private const int CongestionControl = 13;
    private const int LongestName = 16;

    /// <summary>What the names of those that pace begin with: bbr, and what follows it.</summary>
    public static readonly byte[] Pacing = "bbr"u8.ToArray();

    /// <summary>In every kernel, and allowed to everybody unless an administrator says otherwise.</summary>
    private static ReadOnlySpan<byte> Unpaced => "reno"u8;

    /// <summary>Whether this is a loopback address: known before there is a connection.</summary>
    public static bool Concerns(IPAddress remote) => IPAddress.IsLoopback(TcpAddresses.Plain(remote));

    /// <summary>Whether a connection goes over loopback: to such an address, or from an address of this machine to the same one.</summary>
    public static bool Concerns(IPAddress local, IPAddress remote) => Concerns(remote) || local.Equals(remote);

    /// <summary>
    /// Turns it off. Best before there is a connection: one that has been paced keeps the kernel's timer, with a rate above what is sent. What a
    /// listening socket has, those have that it accepts.
    /// </summary>
    /// <param name="socket">Of TCP.</param>
    /// <param name="options">Say which kind paces.</param>
    public static void TurnOff(Socket socket, TransportOptions options)
    {
        if (!OperatingSystem.IsLinux()) return;
        Span<byte> name = stackalloc byte[LongestName];
        try
        {
            if (Name(socket, name).StartsWith(options.PacingKind)) socket.SetRawSocketOption(TcpLevel, CongestionControl, Unpaced);
        }
        catch (SocketException)
        {
            // Not to be asked for, or not allowed here: slower, no more. A socket that is beyond help tells so where it is used.
        }
    }

    /// <summary>The name of the congestion control that a socket has.</summary>
    /// <param name="socket">Of TCP.</param>
    /// <param name="name">Room for <see cref="LongestName"/> octets.</param>
    internal static ReadOnlySpan<byte> Name(Socket socket, Span<byte> name)
    {
        var padded = name[..socket.GetRawSocketOption(TcpLevel, CongestionControl, name)];
        var length = padded.IndexOf((byte)0);
        return length < 0 ? padded : padded[..length];
    }
}
