using System.Diagnostics;
using Zmtp.Testing;

namespace Zmtp.Interop.Tests;

/// <summary>Each sample runs as a process of its own and says that it went well.</summary>
public sealed class SampleTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("Grasslands")]
    [InlineData("Strawhouse", ": 200, let in as ", ": 400, refused. ")]
    [InlineData("Woodhouse", ": 200, let in as \"admin\"", ": 400, refused. ")]
    [InlineData("Stonehouse", ": 200, let in as ")]
    [InlineData("Ironhouse", ": 200, let in as ", ": 400, refused. ")]
    [InlineData("Ironhouse2", "Server: let in Client test certificate")]
    public async Task SAMPLE_Run_ShowsWhoWasLetInAndEndsWithItsOkLineAndExitCode0(string name, params string[] verdicts)
    {
        var assembly = Locate(name);
        Assert.True(File.Exists(assembly), $"{assembly} is not built. Build the solution in the configuration of this test.");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [assembly])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(TestTimeout.After(TimeLimit));
            var errors = process.StandardError.ReadToEndAsync(TestTimeout.After(TimeLimit));
            await process.WaitForExitAsync(TestTimeout.After(TimeLimit));

            Assert.True(process.ExitCode == 0, $"Exit code {process.ExitCode}. It wrote:\n{await output}\n{await errors}");
            Assert.Contains($"{name} test OK", (await output).Split('\n', StringSplitOptions.TrimEntries));
            foreach (var verdict in verdicts) Assert.Contains(verdict, await output, StringComparison.Ordinal);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>
    /// The test runs in tests/X/bin/CONFIGURATION/FRAMEWORK; the sample lies in samples/NAME/bin/CONFIGURATION/FRAMEWORK.
    /// </summary>
    private static string Locate(string name)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var configuration = framework.Parent!;
        var root = configuration.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(root.FullName, "samples", name, "bin", configuration.Name, framework.Name, name + ".dll");
    }
}
