using System.Globalization;
using System.Runtime.InteropServices;

namespace Zmtp.Compare;

/// <summary>What the figures depend on, beside the programs.</summary>
internal static class Machine
{
    private const string WriteMemoryLimit = "/proc/sys/net/core/wmem_max";
    private const string CongestionControl = "/proc/sys/net/ipv4/tcp_congestion_control";

    /// <summary>Processor, cores, memory, system and what the kernel does with sockets, in one sentence; nothing that names the machine.</summary>
    public static string Describe()
    {
        var processor = Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        var system = Field("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? RuntimeInformation.OSDescription;
        var kernel = Environment.OSVersion.Version.ToString(3);
        var kind = IsVirtual(Field("/proc/cpuinfo", "flags")) ? ", virtual machine" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{processor}, {Environment.ProcessorCount} cores, {memory:0} GiB{kind}, {system}, kernel {kernel}{DescribeBuffers()}{DescribeCongestionControl()}");
    }

    /// <summary>Whether a processor says that it is lent by a hypervisor. That it says nothing proves nothing.</summary>
    /// <param name="flags">What it can; null if the system does not tell.</param>
    public static bool IsVirtual(string? flags) => flags is not null && flags.Split(' ').Contains("hypervisor");

    /// <summary>How large a send buffer may be made: over ipc ours asks for 1 MiB.</summary>
    private static string DescribeBuffers() => File.Exists(WriteMemoryLimit)
        ? $", net.core.wmem_max {Format.Size(int.Parse(File.ReadAllText(WriteMemoryLimit), CultureInfo.InvariantCulture))}"
        : "";

    /// <summary>The system's for tcp. Where it is BBR, ours has Reno on loopback, and the others have not.</summary>
    private static string DescribeCongestionControl() =>
        File.Exists(CongestionControl) ? $", tcp congestion control {File.ReadAllText(CongestionControl).Trim()}" : "";

    private static string? Field(string file, string name)
    {
        if (!File.Exists(file)) return null;
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line?[(line.IndexOfAny([':', '=']) + 1)..].Trim();
    }
}
