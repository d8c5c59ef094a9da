using System.Globalization;
using System.Runtime.InteropServices;

namespace Zmtp.Compare;

/// <summary>What the figures depend on, beside the programs.</summary>
internal static class Machine
{
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

    private static string? Field(string file, string name)
    {
        if (!File.Exists(file)) return null;
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line?[(line.IndexOfAny([':', '=']) + 1)..].Trim();
    }
}
