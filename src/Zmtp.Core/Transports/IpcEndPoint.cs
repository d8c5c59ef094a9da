using System.Net;
using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>
/// A path or abstract name as a socket address. Not a <see cref="UnixDomainSocketEndPoint"/> to the outside, because a socket
/// bound to one deletes the path when it is closed, even if another process has made it anew in the meantime.
/// </summary>
internal sealed class IpcEndPoint : EndPoint
{
    /// <summary>sockaddr_storage: the largest address there is.</summary>
    private const int RoomForAny = 128;

    private readonly UnixDomainSocketEndPoint _inner;
    private bool _isBound;

    /// <exception cref="ArgumentOutOfRangeException">The path is too long for this system.</exception>
    public IpcEndPoint(ZmtpEndpoint endpoint)
        : this(endpoint.IsAbstract ? "\0" + endpoint.Path : endpoint.Path)
    {
    }

    // An abstract name starts with a NUL and has no NUL at its end: libzmq's form.
    private IpcEndPoint(string pathOrName) => _inner = new UnixDomainSocketEndPoint(pathOrName);

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    /// <summary>The address of a path.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The path is too long for this system.</exception>
    public static IpcEndPoint OfPath(string path) => new(path);

    /// <summary>Binds a socket that is to listen, and to nothing else.</summary>
    public void BindTo(Socket socket)
    {
        socket.Bind(this);
        _isBound = true;
    }

    /// <summary>
    /// The address. Once it is bound, the runtime asks for it only when it waits for a peer, to know how much room that one's address takes: a peer
    /// that is bound to a longer path than the listener would end the process, on a thread of the pool.
    /// </summary>
    public override SocketAddress Serialize() => _isBound ? new SocketAddress(AddressFamily.Unix, RoomForAny) : _inner.Serialize();

    /// <summary>A peer's address, which nobody needs and .NET may not be able to hold: Linux counts a NUL behind a path that fills it.</summary>
    public override EndPoint Create(SocketAddress socketAddress) => this;
}
