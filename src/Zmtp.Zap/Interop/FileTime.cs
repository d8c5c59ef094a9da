using System.Runtime.InteropServices;

namespace Zmtp.Zap.Interop;

/// <summary>Linux's <c>struct statx_timestamp</c> (linux/stat.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileTime
{
    public long Seconds;
    public uint Nanoseconds;
    public int Reserved;

    /// <summary>As .NET counts time. A time that it has no words for, which anybody can give a file, is the nearest that it has.</summary>
    public readonly DateTime ToUtc()
    {
        var seconds = Math.Clamp(Seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        return DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime.AddTicks(Nanoseconds / TimeSpan.NanosecondsPerTick);
    }
}
