using System.Runtime.InteropServices;

namespace Zmtp.Interop.Tests.Czmq;

/// <summary>
/// CZMQ's authenticator, zauth, as an actor. There can be one in a process: tests that use it belong to <see cref="CzmqCollection"/>.
/// Every call returns when the actor has acknowledged it.
/// </summary>
internal sealed class CzmqAuth : IDisposable
{
    private nint _actor;

    public CzmqAuth()
    {
        nint library = NativeLibrary.Load(CzmqNative.Library);
        _actor = CzmqNative.zactor_new(NativeLibrary.GetExport(library, "zauth"), 0);
        Assert.NotEqual(0, _actor);
    }

    /// <summary>Lets in only the addresses allowed.</summary>
    public CzmqAuth Allow(string address) => Tell("ALLOW", address);

    /// <summary>Keeps an address out.</summary>
    public CzmqAuth Deny(string address) => Tell("DENY", address);

    /// <summary>Checks PLAIN against a password file.</summary>
    public CzmqAuth Plain(string passwordFile) => Tell("PLAIN", passwordFile);

    /// <summary>Checks CURVE against a directory of certificates, or lets every key in with "*".</summary>
    public CzmqAuth Curve(string directory) => Tell("CURVE", directory);

    public void Dispose() => CzmqNative.zactor_destroy(ref _actor);

    private CzmqAuth Tell(string command, string argument)
    {
        Assert.Equal(0, CzmqNative.zstr_sendx(_actor, command, argument, 0));
        _ = CzmqNative.zsock_wait(_actor);
        return this;
    }
}
