using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Zmtp.Interop;

/// <summary>What lies at a path, as the system knows it: enough to tell it from what comes there after it.</summary>
/// <param name="FileSystem">Which one it is in.</param>
/// <param name="Inode">Its number there, which is nobody else's for as long as it is there or open.</param>
/// <param name="Changed">When its owner, rights or names were last changed.</param>
/// <param name="IsSocket">Whether it is a socket; a link to one is not.</param>
internal readonly record struct PathEntry(ulong FileSystem, ulong Inode, Int128 Changed, bool IsSocket)
{
    // linux/stat.h: AT_FDCWD, AT_SYMLINK_NOFOLLOW, and STATX_TYPE with STATX_INO and STATX_CTIME.
    private const int WorkingDirectory = -100;
    private const int OfTheLinkItself = 0x100;
    private const uint WhatIsUsed = 0x1 | 0x100 | 0x80;

    // struct statx.
    private const int Size = 256;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int ChangedOffset = 96;
    private const int ChangedSize = 12;
    private const int DeviceOffset = 136;
    private const int TypeMask = 0xF000;
    private const int TypeOfSocket = 0xC000;

    /// <summary>Whether this system tells what lies at a path.</summary>
    public static bool AreTold { get; } = At("/") is not null;

    /// <summary>Whether it is the same file, whatever became of its rights.</summary>
    public bool IsSameFileAs(PathEntry other) => FileSystem == other.FileSystem && Inode == other.Inode;

    /// <summary>
    /// Removes what lies at a path, if anything does. The path means what it means to <see cref="At"/> and to bind(2): .NET would take
    /// "link/.." for nothing at all, and remove another file.
    /// </summary>
    /// <exception cref="IOException">The system does not do it.</exception>
    public static void Remove(string path)
    {
        if (!LibC.IsKnown)
        {
#pragma warning disable RS0030 // Where the system's own call is not known, .NET's stands in for it.
            File.Delete(path);
#pragma warning restore RS0030
            return;
        }

        if (LibC.Unlink(path) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        if (error != LibC.NoEntry) throw new IOException(Marshal.GetPInvokeErrorMessage(error));
    }

    /// <summary>What lies at a path. Null: nothing, or this system does not tell.</summary>
    public static unsafe PathEntry? At(string path)
    {
        if (!LibC.IsKnown) return null;
        Span<byte> facts = stackalloc byte[Size];
        try
        {
            fixed (byte* place = facts)
            {
                if (LibC.Stat(WorkingDirectory, path, OfTheLinkItself, WhatIsUsed, place) != 0) return null;
            }
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }

        // Both processors that are known are little-endian.
        var changed = facts.Slice(ChangedOffset, ChangedSize);
        return new PathEntry(
            BinaryPrimitives.ReadUInt64LittleEndian(facts[DeviceOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(facts[InodeOffset..]),
            ((Int128)BinaryPrimitives.ReadInt64LittleEndian(changed) << 32) + BinaryPrimitives.ReadUInt32LittleEndian(changed[sizeof(long)..]),
            (BinaryPrimitives.ReadUInt16LittleEndian(facts[ModeOffset..]) & TypeMask) == TypeOfSocket);
    }
}
