using System.Text.Json.Nodes;

namespace Zmtp.Compare.Tests;

/// <summary>Zmtp.Perf as it is started by hand.</summary>
public sealed class PerfTests
{
    [Theory]
    [InlineData("latency", "sync")]
    [InlineData("latency", "async")]
    [InlineData("throughput", "sync")]
    [InlineData("throughput", "async")]
    public async Task Perf_TimeoutOfZero_IsNone(string name, string api)
    {
        string[] command = ["dotnet", Program, name, "--api", api, "--count", "5000", "--timeout", "0"];
        var process = await Task.Run(() => PeerProcess.Run(command, TimeSpan.FromSeconds(60)));
        var line = JsonNode.Parse(process.Output)!;

        Assert.Null(line["error"]);
        Assert.Equal(0, process.ExitCode);

        // The message that starts the clock, where one does, does not count.
        Assert.InRange(line["count"]!.GetValue<int>(), 4999, 5000);
    }

    [Theory]
    [InlineData("fanout", "sync")]
    [InlineData("fanout", "async")]
    [InlineData("stream", "sync")]
    [InlineData("stream", "async")]
    public async Task Perf_ManyPeersOfOneSender_GetEachMessageOnce(string name, string api)
    {
        string[] command = ["dotnet", Program, name, "--api", api, "--peers", "20", "--size", "16", "--count", "50000", "--warmup", "0", "--verify"];
        var process = await Task.Run(() => PeerProcess.Run(command, TimeSpan.FromSeconds(60)));
        var line = JsonNode.Parse(process.Output)!;

        Assert.Null(line["error"]);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(49_999, line["count"]!.GetValue<int>());
        Assert.Equal(20, line["peers"]!.GetValue<int>());
    }

    /// <summary>Built as these tests are.</summary>
    private static string Program
    {
        get
        {
            var (mine, its) = (Path.Combine("tests", "Zmtp.Compare.Tests"), Path.Combine("benchmarks", "Zmtp.Perf"));
            return Path.Combine(AppContext.BaseDirectory.Replace(mine, its, StringComparison.Ordinal), "Zmtp.Perf.dll");
        }
    }
}
