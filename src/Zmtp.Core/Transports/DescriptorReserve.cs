using System.Net.Sockets;
using Zmtp.Interop;

namespace Zmtp.Transports;

/// <summary>
/// The file descriptors that sockets leave to the rest of their process. The runtime opens two while it starts a thread, and where its pool cannot
/// start one it ends the process ("Out of memory"): any peer that may open connections could end it. Files, the certificates among them,
/// need some, too.
/// </summary>
/// <remarks>
/// Where <see cref="LibC.IsKnown"/>; elsewhere nothing is kept. The system gives the lowest number that is free: one near the limit says that
/// all before it are taken. The limit is asked for each time, for an administrator may change it. Safe on any thread.
/// </remarks>
internal static class DescriptorReserve
{
    /// <summary>One descriptor in <see cref="Share"/> is kept: at least <see cref="Least"/>, at most <see cref="Most"/>.</summary>
    internal const int Share = 8;
    internal const int Least = 32;
    internal const int Most = 512;

    /// <summary>Whether an accepted socket has one of the descriptors that are kept.</summary>
    public static bool IsKeptFromPeers(Socket socket) => IsAmongLast(socket, parts: 1);

    /// <summary>
    /// Fails for a socket that is to connect and has one of the last half, as where there is none. This end is to connect again where peers have taken
    /// all that they may; but many connections that are lost at once could take what is left.
    /// </summary>
    /// <exception cref="SocketException">It has one of these.</exception>
    public static void ThrowIfKeptFromConnecting(Socket socket)
    {
        if (IsAmongLast(socket, parts: 2)) throw new SocketException((int)SocketError.TooManyOpenSockets);
    }

    /// <summary>How many are kept.</summary>
    /// <param name="limit">How many the process may have.</param>
    internal static uint CountOf(ulong limit) => (uint)Math.Clamp(limit / Share, Least, Most);

    private static bool IsAmongLast(Socket socket, uint parts) =>
        LibC.IsKnown && LibC.GetOpenFiles() is { } limit &&
        (ulong)socket.SafeHandle.DangerousGetHandle() + (CountOf(limit) / parts) >= limit;
}
