using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>
/// Octets of a key that lives long, on a page of memory of their own which the system neither swaps out nor puts into core dumps;
/// zeroed on Dispose.
/// </summary>
/// <remarks>
/// The page lies in a pinned array, not in memory of libsodium: a span of it that is used a moment too long reads zeros, where freed
/// memory would end the process. It costs two pages and two calls of the system, too much for the keys of a handshake, which live for
/// milliseconds (<see cref="SecretBuffer"/>).
/// </remarks>
internal sealed class GuardedBuffer : ISecret
{
    private readonly byte[] _memory;
    private readonly int _offset;
    private readonly int _length;
    private int _isDisposed;

    public GuardedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, GuardedPage.PageSize);
        _memory = GC.AllocateArray<byte>(GuardedPage.ArraySize, pinned: true);
        _offset = GuardedPage.Lock(_memory);
        _length = length;
    }

    /// <summary>The octets; throws once disposed, so that nothing is ever sealed with a key of zeros.</summary>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, typeof(GuardedBuffer));
            return _memory.AsSpan(_offset, _length);
        }
    }

    public bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    /// <summary>Whether all octets are zero, disposed or not. For tests.</summary>
    public bool IsZero => !_memory.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Where the page is. For tests.</summary>
    public nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(_memory, _offset);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        CryptographicOperations.ZeroMemory(_memory);
        GuardedPage.Unlock(_memory, _offset);
    }
}
