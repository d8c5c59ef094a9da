using System.Diagnostics;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Zmtp.Perf;

/// <summary>Processor time and memory, of this process and of another one.</summary>
internal static partial class Resources
{
    private const double OctetsPerKb = 1024;

    private const double Nano = 1e-9;

    /// <summary>User and system time of this process and, unless it is 0, of another one.</summary>
    public static double CpuSeconds(int other) => OwnCpuSeconds() + (other > 0 ? CpuSecondsOf(other) : 0);

    /// <summary>User and system time of this process.</summary>
    public static double OwnCpuSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>The most memory that this process and, unless it is 0, another one have had resident.</summary>
    public static long PeakKb(int other) => OwnPeakKb() + (other > 0 ? Of(other, static process => process.PeakWorkingSet64) : 0);

    public static long OwnPeakKb() => Of(Environment.ProcessId, static process => process.PeakWorkingSet64);

    public static long OwnResidentKb() => Of(Environment.ProcessId, static process => process.WorkingSet64);

    /// <summary>Gives everything back that is not in use, so that what is resident is what is needed.</summary>
    public static void Settle()
    {
        // The connections' last continuations are still on their way.
        Thread.Sleep(TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < 2; i++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }

    private static long Of(int processId, Func<Process, long> octets)
    {
        using var process = Process.GetProcessById(processId);
        return (long)(octets(process) / OctetsPerKb);
    }

    /// <summary>By the process's own clock where there is one: what Process reads counts in ticks of 10 ms.</summary>
    private static double CpuSecondsOf(int processId)
    {
        if (OperatingSystem.IsLinux() && GetCpuClock(processId, out var clock) == 0 && GetTime(clock, out var time) == 0)
        {
            return time.Seconds + (time.Nanoseconds * Nano);
        }

        using var process = Process.GetProcessById(processId);
        return process.TotalProcessorTime.TotalSeconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetCpuClock(int processId, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
