using System.Globalization;
using System.Runtime.InteropServices;

namespace Zmtp.Compare;

/// <summary>What the figures depend on, beside the programs.</summary>
internal static class Machine
{
    /// <summary>The load, by the system's own count, from which on the machine is not ours alone.</summary>
    private const double BusyLoad = 0.5;

    /// <summary>Processor, cores, memory and system in one sentence; nothing that names the machine.</summary>
    public static string Describe()
    {
        var processor = Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        var system = Field("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? RuntimeInformation.OSDescription;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{processor}, {Environment.ProcessorCount} cores, {memory:0} GiB, {system}, kernel {Environment.OSVersion.Version}");
    }

    /// <summary>A warning when something else is running; null when nothing is, or when the system does not say.</summary>
    public static string? Disturbance()
    {
        if (!File.Exists("/proc/loadavg")) return null;
        var load = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
        return load < BusyLoad ? null : string.Create(
            CultureInfo.InvariantCulture, $"the load of the machine was {load:0.0} before the first measurement: something else was running");
    }

    private static string? Field(string file, string name)
    {
        if (!File.Exists(file)) return null;
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line?[(line.IndexOfAny([':', '=']) + 1)..].Trim();
    }
}
