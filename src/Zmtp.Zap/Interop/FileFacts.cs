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
}
