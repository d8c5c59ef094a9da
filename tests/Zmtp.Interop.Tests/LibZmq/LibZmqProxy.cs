using Zmtp.Testing;

namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>zmq_proxy on a thread of its own, between two bound sockets in a context of its own.</summary>
internal sealed class LibZmqProxy : IDisposable
{
    private readonly LibZmqContext _context = new();
    private readonly Task _running;

    /// <summary>Binds both and starts.</summary>
    public LibZmqProxy(LibZmqSocketType frontend, LibZmqSocketType backend, Action<LibZmqSocket> secure, Action<LibZmqSocket>? setBackend = null)
    {
        var front = _context.Socket(frontend);
        var back = _context.Socket(backend);
        secure(front);
        secure(back);
        setBackend?.Invoke(back);
        Frontend = front.Bind();
        Backend = back.Bind();
        _running = front.OnThreadAsync(socket => socket.Proxy(back));
    }

    /// <summary>Where the frontend is bound.</summary>
    public string Frontend { get; }

    /// <summary>Where the backend is bound.</summary>
    public string Backend { get; }

    public void Dispose()
    {
        _context.Shutdown();
        _running.WithinAsync().GetAwaiter().GetResult();
        _context.Dispose();
    }
}
