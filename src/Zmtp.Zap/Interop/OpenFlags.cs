namespace Zmtp.Zap.Interop;

/// <summary>Flags of <see cref="LibC.Open"/> (fcntl.h), where systems differ. Reading is the flag that is zero everywhere.</summary>
internal static class OpenFlags
{
    /// <summary>O_CLOEXEC: a process that is started meanwhile does not inherit the handle.</summary>
    public static int CloseOnExecute => IsLinux ? 0x80000 : OperatingSystem.IsFreeBSD() ? 0x100000 : 0x1000000;

    /// <summary>O_NONBLOCK: a pipe is opened without waiting for who writes to it. Of no account for files.</summary>
    public static int NonBlocking => IsLinux ? 0x800 : 0x4;

    private static bool IsLinux => OperatingSystem.IsLinux() || OperatingSystem.IsAndroid();
}
