using System.Runtime.InteropServices;

namespace Zmtp.Zap.Interop;

/// <summary>Flags of <see cref="LibC.Open"/> (fcntl.h), where systems differ. Reading is the flag that is zero everywhere.</summary>
internal static class OpenFlags
{
    /// <summary>O_WRONLY: for writing, and not for reading.</summary>
    public const int Writing = 1;

    /// <summary>O_CLOEXEC: a process that is started meanwhile does not inherit the handle.</summary>
    public static int CloseOnExecute => IsLinux ? 0x80000 : OperatingSystem.IsFreeBSD() ? 0x100000 : 0x1000000;

    /// <summary>
    /// O_NONBLOCK: a pipe is opened without waiting for its other end, or not at all. Of no account for files.
    /// </summary>
    public static int NonBlocking => IsLinux ? 0x800 : 0x4;

    /// <summary>O_NOFOLLOW of Linux, which differs by processor: a link is not opened.</summary>
    public static int NotThroughALink => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le => 0x8000,
        _ => 0x20000,
    };

    private static bool IsLinux => OperatingSystem.IsLinux() || OperatingSystem.IsAndroid();
}
