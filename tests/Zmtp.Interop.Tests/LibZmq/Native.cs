using System.Runtime.InteropServices;

namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>libzmq's C interface, as far as the tests need it. A missing library fails the tests; it never skips them.</summary>
internal static unsafe partial class Native
{
    public const string Library = "libzmq.so.5";

    /// <summary>zmq_msg_t: 64 octets, opaque.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    public struct Msg
    {
        private fixed ulong _opaque[8];
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollItem
    {
        public nint Socket;
        public int Fd;
        public short Events;
        public short ReturnedEvents;
    }

    [LibraryImport(Library)]
    public static partial int zmq_errno();

    [LibraryImport(Library)]
    public static partial nint zmq_strerror(int error);

    [LibraryImport(Library)]
    public static partial void zmq_version(out int major, out int minor, out int patch);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zmq_has(string capability);

    [LibraryImport(Library)]
    public static partial nint zmq_ctx_new();

    [LibraryImport(Library)]
    public static partial int zmq_ctx_set(nint context, int option, int value);

    [LibraryImport(Library)]
    public static partial int zmq_ctx_shutdown(nint context);

    [LibraryImport(Library)]
    public static partial int zmq_ctx_term(nint context);

    [LibraryImport(Library)]
    public static partial nint zmq_socket(nint context, int type);

    [LibraryImport(Library)]
    public static partial int zmq_close(nint socket);

    [LibraryImport(Library)]
    public static partial int zmq_setsockopt(nint socket, int option, byte* value, nuint length);

    [LibraryImport(Library)]
    public static partial int zmq_getsockopt(nint socket, int option, byte* value, ref nuint length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zmq_bind(nint socket, string endpoint);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zmq_connect(nint socket, string endpoint);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zmq_unbind(nint socket, string endpoint);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zmq_disconnect(nint socket, string endpoint);

    [LibraryImport(Library)]
    public static partial int zmq_send(nint socket, byte* octets, nuint length, int flags);

    [LibraryImport(Library)]
    public static partial int zmq_msg_init(Msg* message);

    [LibraryImport(Library)]
    public static partial int zmq_msg_recv(Msg* message, nint socket, int flags);

    [LibraryImport(Library)]
    public static partial int zmq_msg_close(Msg* message);

    [LibraryImport(Library)]
    public static partial byte* zmq_msg_data(Msg* message);

    [LibraryImport(Library)]
    public static partial nuint zmq_msg_size(Msg* message);

    [LibraryImport(Library)]
    public static partial int zmq_msg_more(Msg* message);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint zmq_msg_gets(Msg* message, string property);

    [LibraryImport(Library)]
    public static partial int zmq_poll(PollItem* items, int count, long timeout);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zmq_socket_monitor(nint socket, string? endpoint, int events);

    [LibraryImport(Library)]
    public static partial int zmq_proxy(nint frontend, nint backend, nint capture);

    [LibraryImport(Library)]
    public static partial int zmq_curve_keypair(byte* publicZ85, byte* secretZ85);
}
