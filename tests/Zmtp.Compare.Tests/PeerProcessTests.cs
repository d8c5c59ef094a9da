namespace Zmtp.Compare.Tests;

public sealed class PeerProcessTests
{
    [Theory]
    [InlineData("touch $TMPDIR/left; echo $TMPDIR", 60, 0)]
    [InlineData("touch $TMPDIR/left; echo $TMPDIR; exec sleep 600", 2, -1)]
    public void Run_ProgramThatLeavesFilesBehind_TakesThemAway(string script, int seconds, int exitCode)
    {
        if (OperatingSystem.IsWindows()) return;
        var process = PeerProcess.Run(["sh", "-c", script], TimeSpan.FromSeconds(seconds));
        var folder = process.Output.Trim();

        Assert.Equal(exitCode, process.ExitCode);
        Assert.NotEmpty(folder);
        Assert.False(Path.Exists(folder));
    }

    [Fact]
    public void Run_ProgramThatIsNotThere_SaysSo()
    {
        var process = PeerProcess.Run(["/no/such/program"], TimeSpan.FromSeconds(60));

        Assert.Equal(-1, process.ExitCode);
        Assert.Contains("/no/such/program", process.LastError, StringComparison.Ordinal);
    }
}
