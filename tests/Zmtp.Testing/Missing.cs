namespace Zmtp.Testing;

/// <summary>Why a test cannot run here, or null where it can: it is told as skipped then, not as passed.</summary>
internal static class Missing
{
    public static string? Unix => OperatingSystem.IsWindows() ? "Windows has no such rights, links, pipes, signals or shell." : null;

    public static string? Linux => OperatingSystem.IsLinux() ? null : "Only Linux does or shows this.";

    public static string? Poller => Zmtp.Transports.Polling.Poller.Shared is not null ? null : "There is no poller here: only Linux on x64 and Arm64 has one.";
}
