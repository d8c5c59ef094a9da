using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>
/// Octets of a key that lives long, on a page of memory of their own which the system neither swaps out nor puts into core dumps;
/// zeroed on Dispose, and by the garbage collector when nobody disposes of it.
/// </summary>
/// <remarks>
/// The page lies in a pinned array, not in memory of libsodium: a span of it that is used a moment too long reads zeros, where freed
/// memory would end the process. It costs two pages and two calls of the system, too much for the keys of a handshake, which live for
/// milliseconds (<see cref="SecretBuffer"/>).
///
/// A forgotten one would leave its key, and take one more page from what the process may lock. It has no finalizer of its own all the same:
/// that could run while a span of the octets is still in use, and seal with zeros. The page has one, which runs once neither a buffer nor
/// a span leads to the array.
/// </remarks>
internal sealed class GuardedBuffer : ISecret
{
    private static readonly ConditionalWeakTable<byte[], LockedPage> Pages = [];

    private readonly byte[] _memory;
    private readonly LockedPage _page;
    private readonly int _length;
    private int _isDisposed;

    public GuardedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, GuardedPage.PageSize);
        _memory = GC.AllocateArray<byte>(GuardedPage.ArraySize, pinned: true);
        _page = new LockedPage(_memory, GuardedPage.Lock(_memory));
        Pages.Add(_memory, _page);
        _length = length;
    }

    /// <summary>The octets; throws once disposed, so that nothing is ever sealed with a key of zeros.</summary>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, typeof(GuardedBuffer));
            return _memory.AsSpan(_page.Offset, _length);
        }
    }

    public bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    /// <summary>Whether all octets are zero, disposed or not. For tests.</summary>
    public bool IsZero => !_memory.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Where the page is. For tests.</summary>
    public nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(_memory, _page.Offset);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        Pages.Remove(_memory);
        _page.Dispose();
    }

    /// <summary>
    /// The locked page of an array. The table holds it for as long as the array is in use, and no longer.
    /// </summary>
    private sealed class LockedPage : IDisposable
    {
        private readonly byte[] _memory;

        // Locked before: a finalizer runs also where the constructor has failed.
        public LockedPage(byte[] memory, int offset) => (_memory, Offset) = (memory, offset);

        ~LockedPage() => Unlock();

        /// <summary>Where the page begins in the array.</summary>
        public int Offset { get; }

        public void Dispose()
        {
            GC.SuppressFinalize(this);
            Unlock();
        }

        private void Unlock()
        {
            CryptographicOperations.ZeroMemory(_memory);
            GuardedPage.Unlock(_memory, Offset);
        }
    }
}
