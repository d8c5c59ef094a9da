using System.Security.Cryptography;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>
/// Octets that are nobody else's business. Pinned, so that the garbage collector leaves no copies behind; zeroed on Dispose. The
/// owner disposes; a state that hands a buffer on no longer owns it.
/// </summary>
internal sealed class SecretBuffer : ISecret
{
    private readonly byte[] _octets;
    private volatile bool _disposed;

    public SecretBuffer(int length)
    {
        _octets = GC.AllocateArray<byte>(length, pinned: true);
    }

    /// <summary>The octets; throws once disposed, so that nothing is ever sealed with a key of zeros.</summary>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SecretBuffer));
            return _octets;
        }
    }

    public bool IsDisposed => _disposed;

    /// <summary>Whether all octets are zero, disposed or not. For tests.</summary>
    public bool IsZero => !_octets.AsSpan().ContainsAnyExcept((byte)0);

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_octets);
    }
}
