using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Zmtp.Interop;

/// <summary>
/// Connecting without the runtime's event thread: once that has seen a socket it is woken by each arrival, for ever. Accepting without a look at
/// the peer's address. Only where <see cref="LibC.IsKnown"/>.
/// </summary>
internal static unsafe class NativeSocket
{
    private const int CloseOnExec = 0x80000;
    private const int DoNotBlock = 0x800;

    /// <summary>Starts to connect a socket that does not block.</summary>
    /// <returns>The error of the system; 0 when the connection is made, <see cref="LibC.InProgress"/> when it will be.</returns>
    public static int Connect(SafeHandle socket, EndPoint remote)
    {
        var address = remote.Serialize();
        fixed (byte* octets = address.Buffer.Span)
        {
            while (LibC.Connect(socket, octets, (uint)address.Size) < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error != LibC.Interrupted) return error;
            }
        }

        return 0;
    }

    /// <summary>Whether a connection that was begun is made by now. False: it is still being made, or has failed.</summary>
    public static bool IsConnected(SafeHandle socket)
    {
        var isAdded = false;
        try
        {
            socket.DangerousAddRef(ref isAdded);
            var entry = new LibC.PollEntry { Handle = (int)socket.DangerousGetHandle(), Events = LibC.Writable };
            return LibC.Poll(&entry, 1, timeoutMilliseconds: 0) == 1 && entry.Happened == LibC.Writable;
        }
        finally
        {
            if (isAdded) socket.DangerousRelease();
        }
    }

    /// <summary>Accepts a peer.</summary>
    /// <param name="listener">Not blocking.</param>
    /// <param name="accepted">Its socket, which does not block; invalid where there is none.</param>
    /// <returns>The error of the system; 0 with a peer, <see cref="LibC.TryAgain"/> where none is there.</returns>
    public static int Accept(SafeHandle listener, out SafeSocketHandle accepted)
    {
        while (true)
        {
            accepted = LibC.Accept(listener, null, null, DoNotBlock | CloseOnExec);
            if (!accepted.IsInvalid) return 0;
            var error = Marshal.GetLastPInvokeError();
            accepted.Dispose();
            if (error != LibC.Interrupted) return error;
        }
    }

    /// <summary>The local address of a connected socket.</summary>
    /// <returns>Null when the connection is gone.</returns>
    public static IPEndPoint? LocalEndpoint(SafeHandle socket, IPEndPoint remote)
    {
        var address = remote.Serialize();
        var length = (uint)address.Size;
        fixed (byte* octets = address.Buffer.Span)
        {
            if (LibC.GetSocketName(socket, octets, &length) < 0) return null;
        }

        return (IPEndPoint)remote.Create(address);
    }
}
