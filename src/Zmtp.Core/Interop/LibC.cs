using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Zmtp.Interop;

/// <summary>
/// The system calls of Linux that .NET has no interface for. Each returns -1 and leaves its error with
/// <see cref="Marshal.GetLastPInvokeError"/>. Only where <see cref="IsKnown"/>.
/// </summary>
internal static unsafe partial class LibC
{
    /// <summary>ENOENT: nothing lies there.</summary>
    public const int NoEntry = 2;

    /// <summary>EINTR: a signal came; the call may be made again.</summary>
    public const int Interrupted = 4;

    /// <summary>EAGAIN: the call would have to wait.</summary>
    public const int TryAgain = 11;

    /// <summary>EINPROGRESS: the connection is being made.</summary>
    public const int InProgress = 115;

    /// <summary>POLLOUT.</summary>
    public const short Writable = 0x4;

    /// <summary>RLIMIT_NOFILE.</summary>
    private const int OpenFiles = 7;

    private const string Library = "libc";

    /// <summary>Whether this is a system whose numbers and structures are those used here.</summary>
    public static bool IsKnown { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>How many file descriptors the process may have, the soft limit of getrlimit(2): numbers are below it. Null: the system does not say.</summary>
    public static ulong? GetOpenFiles()
    {
        Limit limit;
        return GetLimit(OpenFiles, &limit) < 0 ? null : limit.Soft;
    }

    /// <summary>epoll_create1(2).</summary>
    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    /// <summary>epoll_ctl(2).</summary>
    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(SafeHandle epoll, int operation, SafeHandle handle, byte* @event);

    /// <summary>epoll_wait(2).</summary>
    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(SafeHandle epoll, byte* events, int maximum, int timeoutMilliseconds);

    /// <summary>eventfd(2).</summary>
    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int CreateEvent(uint value, int flags);

    /// <summary>poll(2).</summary>
    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int timeoutMilliseconds);

    /// <summary>read(2).</summary>
    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeHandle handle, byte* octets, nuint length);

    /// <summary>write(2).</summary>
    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeHandle handle, byte* octets, nuint length);

    /// <summary>connect(2).</summary>
    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(SafeHandle socket, byte* address, uint length);

    /// <summary>getsockname(2).</summary>
    [LibraryImport(Library, EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSocketName(SafeHandle socket, byte* address, uint* length);

    /// <summary>accept4(2). Null for the address: the peer's is not asked for.</summary>
    [LibraryImport(Library, EntryPoint = "accept4", SetLastError = true)]
    public static partial SafeSocketHandle Accept(SafeHandle listener, byte* address, uint* length, int flags);

    /// <summary>statx(2), which fills in 256 octets: the one call of its kind whose answer has the same shape on every processor.</summary>
    /// <exception cref="EntryPointNotFoundException">The C library is older (glibc before 2.28, musl before 1.2.5).</exception>
    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Stat(int directory, string path, int flags, uint mask, byte* facts);

    /// <summary>unlink(2).</summary>
    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    /// <summary>close(2).</summary>
    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(nint handle);

    [LibraryImport(Library, EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, Limit* limit);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        /// <summary>What is watched.</summary>
        public int Handle;

        /// <summary>What for.</summary>
        public short Events;

        /// <summary>What happened.</summary>
        public short Happened;
    }

    /// <summary>struct rlimit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;

        public ulong Hard;
    }
}
