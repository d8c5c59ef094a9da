using System.Globalization;
using System.Runtime.InteropServices;

namespace Zmtp.Compare;

/// <summary>What the figures depend on, beside the programs.</summary>
internal static class Machine
{
    /// <summary>The part of the processor's time from which on the machine is not ours alone.</summary>
    private const double BusyPart = 0.1;

    private static readonly TimeSpan LookTime = TimeSpan.FromSeconds(1);

    /// <summary>Processor, cores, memory and system in one sentence; nothing that names the machine.</summary>
    public static string Describe()
    {
        var processor = Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        var system = Field("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? RuntimeInformation.OSDescription;
        var kernel = Environment.OSVersion.Version.ToString(3);
        return string.Create(
            CultureInfo.InvariantCulture, $"{processor}, {Environment.ProcessorCount} cores, {memory:0} GiB, {system}, kernel {kernel}");
    }

    /// <summary>Looks for a second what the processor does while we do nothing.</summary>
    /// <returns>A warning when something else is running; null when nothing is, or when the system does not say.</returns>
    public static string? Disturbance()
    {
        if (!File.Exists("/proc/stat")) return null;
        var (idleBefore, allBefore) = ProcessorTime();
        Thread.Sleep(LookTime);
        var (idle, all) = ProcessorTime();
        var busy = 1 - ((idle - idleBefore) / (double)Math.Max(1, all - allBefore));
        return busy < BusyPart
            ? null
            : $"something else took {Format.Percent(busy * 100)} of the processor's time before the first measurement";
    }

    /// <summary>In ticks, of all processors together: the idle ones and all of them.</summary>
    private static (long Idle, long All) ProcessorTime()
    {
        // "cpu user nice system idle iowait ...": waiting for a disk is idle as well.
        const int idle = 3;
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(static text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return (ticks[idle] + ticks[idle + 1], ticks.Sum());
    }

    private static string? Field(string file, string name)
    {
        if (!File.Exists(file)) return null;
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line?[(line.IndexOfAny([':', '=']) + 1)..].Trim();
    }
}
