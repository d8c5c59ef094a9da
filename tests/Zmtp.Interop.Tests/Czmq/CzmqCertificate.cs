using System.Runtime.InteropServices;
using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Mechanisms;

namespace Zmtp.Interop.Tests.Czmq;

/// <summary>A zcert: CZMQ's certificate, made, loaded and saved by CZMQ itself.</summary>
internal sealed class CzmqCertificate : IDisposable
{
    private nint _handle;

    private CzmqCertificate(nint handle) => _handle = handle;

    /// <summary>The public key in Z85.</summary>
    public string PublicKey => Marshal.PtrToStringAnsi(CzmqNative.zcert_public_txt(_handle))!;

    /// <summary>The secret key in Z85; forty zeroes when the certificate has none.</summary>
    public string SecretKey => Marshal.PtrToStringAnsi(CzmqNative.zcert_secret_txt(_handle))!;

    /// <summary>The pair as libzmq's options take it.</summary>
    public LibZmqKeys Keys => new(PublicKey, SecretKey);

    /// <summary>Makes a certificate with a fresh pair.</summary>
    public static CzmqCertificate Generate() => new(CzmqNative.zcert_new());

    /// <summary>Makes a certificate of a pair.</summary>
    public static CzmqCertificate Of(CurveKeyPair pair) =>
        new(CzmqNative.zcert_new_from(pair.PublicKey.AsSpan(), pair.SecretKey.AsSpan()));

    /// <summary>Loads a certificate, or returns null where CZMQ does not understand the file.</summary>
    public static CzmqCertificate? Load(string path)
    {
        nint handle = CzmqNative.zcert_load(path);
        return handle == 0 ? null : new CzmqCertificate(handle);
    }

    /// <summary>How many metadata there are.</summary>
    public int MetaCount
    {
        get
        {
            nint names = CzmqNative.zcert_meta_keys(_handle);
            var count = (int)CzmqNative.zlist_size(names);
            CzmqNative.zlist_destroy(ref names);
            return count;
        }
    }

    /// <summary>A metadata value, or null.</summary>
    public string? Meta(string name) => Marshal.PtrToStringUTF8(CzmqNative.zcert_meta(_handle, name));

    /// <summary>Sets a metadata value.</summary>
    public CzmqCertificate SetMeta(string name, string value)
    {
        CzmqNative.zcert_set_meta(_handle, name, "%s", value);
        return this;
    }

    /// <summary>Saves the public file, and the secret one beside it as <c>path_secret</c>.</summary>
    public void Save(string path) => Assert.Equal(0, CzmqNative.zcert_save(_handle, path));

    /// <summary>Saves the public file.</summary>
    public void SavePublic(string path) => Assert.Equal(0, CzmqNative.zcert_save_public(_handle, path));

    public void Dispose() => CzmqNative.zcert_destroy(ref _handle);
}
