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
    public async Task Run_Interrupted_EndsTheProgramAndTakesItsFilesAway()
    {
        if (OperatingSystem.IsWindows()) return;
        var limit = TimeSpan.FromSeconds(60);
        var own = Directory.CreateTempSubdirectory("zmtp-compare-tests-");
        try
        {
            var pipe = Path.Combine(own.FullName, "pipe");
            Assert.Equal(0, PeerProcess.Run(["mkfifo", pipe], limit).ExitCode);
            using var interruption = new CancellationTokenSource();
            var token = interruption.Token;
            var run = Task.Run(() => PeerProcess.Run(["sh", "-c", $"touch $TMPDIR/left; echo $TMPDIR > {pipe}; exec sleep 600"], limit * 2, token));
            var folder = (await Task.Run(() => File.ReadAllText(pipe)).WaitAsync(limit)).Trim();
            await interruption.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(limit));
            Assert.NotEmpty(folder);
            Assert.False(Path.Exists(folder));
        }
        finally
        {
            own.Delete(recursive: true);
        }
    }

    [Fact]
    public void Run_InterruptedBefore_StartsNothing() => Assert.Throws<OperationCanceledException>(
        static () => PeerProcess.Run(["/no/such/program"], TimeSpan.FromSeconds(60), new CancellationToken(canceled: true)));

    [Fact]
    public void Run_ProgramThatIsNotThere_SaysSo()
    {
        var process = PeerProcess.Run(["/no/such/program"], TimeSpan.FromSeconds(60));

        Assert.Equal(-1, process.ExitCode);
        Assert.Contains("/no/such/program", process.LastError, StringComparison.Ordinal);
    }
}
