using System.Runtime.InteropServices;

namespace Zmtp.Mechanisms.Interop;

/// <summary>Keeps pages of pinned arrays from the swap file and from core dumps. Stateless; safe on any thread.</summary>
internal static unsafe class GuardedPage
{
    /// <summary>Octets of an array that has a whole page in it, wherever it begins.</summary>
    public static int ArraySize => 2 * PageSize;

    public static int PageSize => Environment.SystemPageSize;

    // libsodium must have been initialised, which NaCl does.
    static GuardedPage() => System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(NaCl).TypeHandle);

    /// <summary>
    /// Locks the first whole page of an array, as far as the system lets the process: a limit (RLIMIT_MEMLOCK) that is reached is no
    /// error, because the key works all the same.
    /// </summary>
    /// <param name="pinned">A pinned array of <see cref="ArraySize"/> octets.</param>
    /// <returns>Where the page begins in it.</returns>
    public static int Lock(byte[] pinned)
    {
        var begin = Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
        var offset = (int)((PageSize - (begin % PageSize)) % PageSize);
        _ = LibSodium.MLock((byte*)begin + offset, (nuint)PageSize);
        return offset;
    }

    /// <summary>Zeroes a page and makes it like any other.</summary>
    public static void Unlock(byte[] pinned, int offset) =>
        _ = LibSodium.MUnlock((byte*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0) + offset, (nuint)PageSize);
}
