using Zmtp.Interop.Tests.LibZmq;

namespace Zmtp.Interop.Tests.Czmq;

/// <summary>A zsock: lives in CZMQ's own context, the one in which a <see cref="CzmqAuth"/> answers.</summary>
internal sealed class CzmqSocket : IDisposable
{
    private nint _handle;

    public CzmqSocket(LibZmqSocketType type)
    {
        _handle = CzmqNative.zsock_new((int)type);
        Assert.NotEqual(0, _handle);
        Socket = new LibZmqSocket(null, CzmqNative.zsock_resolve(_handle), owned: false);
    }

    /// <summary>The libzmq socket below, for options and messages.</summary>
    public LibZmqSocket Socket { get; }

    public void Dispose() => CzmqNative.zsock_destroy(ref _handle);
}
