using System.Net;
using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>
/// A path or abstract name as a socket address. Not a <see cref="UnixDomainSocketEndPoint"/> to the outside, because a socket
/// bound to one deletes the path when it is closed, even if another process has made it anew in the meantime.
/// </summary>
internal sealed class IpcEndPoint : EndPoint
{
    private readonly UnixDomainSocketEndPoint _inner;

    /// <exception cref="ArgumentOutOfRangeException">The path is too long for this system.</exception>
    public IpcEndPoint(ZmtpEndpoint endpoint)
    {
        // An abstract name starts with a NUL and has no NUL at its end: libzmq's form.
        _inner = new UnixDomainSocketEndPoint(endpoint.IsAbstract ? "\0" + endpoint.Path : endpoint.Path);
    }

    private IpcEndPoint(UnixDomainSocketEndPoint inner)
    {
        _inner = inner;
    }

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    public override SocketAddress Serialize() => _inner.Serialize();

    public override EndPoint Create(SocketAddress socketAddress) =>
        new IpcEndPoint((UnixDomainSocketEndPoint)_inner.Create(socketAddress));
}
