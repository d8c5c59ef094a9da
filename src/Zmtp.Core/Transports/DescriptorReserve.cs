using System.Net.Sockets;
using Zmtp.Interop;

namespace Zmtp.Transports;

/// <summary>
/// The file descriptors that a listener leaves to the rest of its process, whoever comes. The runtime opens two for each thread that it starts, and
/// where its pool cannot start one it ends the process ("Out of memory"): whoever may open connections could end it. Files, the certificates
/// among them, need some, too.
/// </summary>
/// <remarks>
/// Where <see cref="LibC.IsKnown"/>; elsewhere nothing is kept. The system gives the lowest number that is free: one near the limit says that
/// all before it are taken. One call at a time.
/// </remarks>
internal sealed class DescriptorReserve
{
    /// <summary>One in so many is kept, between these two.</summary>
    internal const int Share = 8;
    internal const int Least = 32;
    internal const int Most = 512;

    private nint _first = First();

    /// <summary>Whether a socket has one of those that are kept.</summary>
    public bool Has(Socket socket)
    {
        var number = socket.SafeHandle.DangerousGetHandle();

        // An administrator may have raised the limit since.
        return number >= _first && number >= (_first = First());
    }

    /// <summary>The first number that is kept.</summary>
    /// <param name="limit">How many descriptors the process may have.</param>
    internal static nint FirstOf(ulong limit)
    {
        // More than there are numbers.
        if (limit > int.MaxValue) return nint.MaxValue;
        var all = (int)limit;
        return all - Math.Clamp(all / Share, Least, Most);
    }

    private static nint First() => LibC.IsKnown && LibC.GetOpenFiles() is { } limit ? FirstOf(limit) : nint.MaxValue;
}
