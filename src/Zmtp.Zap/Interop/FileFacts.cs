using System.Runtime.InteropServices;

namespace Zmtp.Zap.Interop;

/// <summary>What is used of Linux's <c>struct statx</c> (linux/stat.h).</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileFacts
{
    [FieldOffset(20)]
    public uint UserId;

    [FieldOffset(24)]
    public uint GroupId;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(32)]
    public ulong Inode;

    [FieldOffset(40)]
    public ulong Size;

    [FieldOffset(80)]
    public FileTime Born;

    [FieldOffset(96)]
    public FileTime Changed;

    [FieldOffset(112)]
    public FileTime Written;

    [FieldOffset(136)]
    public uint DeviceMajor;

    [FieldOffset(140)]
    public uint DeviceMinor;
}
