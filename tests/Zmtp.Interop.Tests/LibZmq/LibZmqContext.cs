namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>A libzmq context. Disposing it closes the sockets that were made from it first, so that it never hangs.</summary>
internal sealed class LibZmqContext : IDisposable
{
    private readonly nint _handle;
    private readonly List<LibZmqSocket> _sockets = [];
    private bool _disposed;

    public LibZmqContext()
    {
        _handle = Native.zmq_ctx_new();
        if (_handle == 0)
        {
            throw LibZmqException.Last("zmq_ctx_new");
        }
    }

    /// <summary>The version of the library, for example 4.3.4.</summary>
    public static Version Version
    {
        get
        {
            Native.zmq_version(out int major, out int minor, out int patch);
            return new Version(major, minor, patch);
        }
    }

    /// <summary>
    /// Why to skip what libzmq does only since it speaks ZMTP 3.1: PING from us, SUBSCRIBE, and a close where it refuses for now. Null if it does.
    /// </summary>
    public static string? SkipBefore433 => Version >= new Version(4, 3, 3) ? null : $"libzmq {Version} speaks ZMTP 3.0; this is of 4.3.3.";

    /// <summary>Whether the library was built with a capability, for example "curve".</summary>
    public static bool Has(string capability) => Native.zmq_has(capability) == 1;

    /// <summary>Makes a socket: LINGER 0, SNDTIMEO and RCVTIMEO 10 s.</summary>
    public LibZmqSocket Socket(LibZmqSocketType type)
    {
        nint handle = Native.zmq_socket(_handle, (int)type);
        if (handle == 0)
        {
            throw LibZmqException.Last("zmq_socket");
        }

        var socket = new LibZmqSocket(this, handle, owned: true);
        lock (_sockets)
        {
            _sockets.Add(socket);
        }

        return socket;
    }

    /// <summary>Ends the calls that wait at its sockets; they fail with ETERM.</summary>
    public void Shutdown() => _ = Native.zmq_ctx_shutdown(_handle);

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Shutdown();
        lock (_sockets)
        {
            foreach (var socket in _sockets)
            {
                socket.Dispose();
            }
        }

        _ = Native.zmq_ctx_term(_handle);
    }
}
