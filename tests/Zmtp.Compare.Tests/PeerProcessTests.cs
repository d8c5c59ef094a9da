using System.Diagnostics;
using System.Globalization;
using Zmtp.Testing;

namespace Zmtp.Compare.Tests;

public sealed class PeerProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [UnixTheory]
    [InlineData("touch $TMPDIR/left; echo $TMPDIR", 60, 0)]
    [InlineData("touch $TMPDIR/left; echo $TMPDIR; exec sleep 600", 2, -1)]
    public void Run_ProgramThatLeavesFilesBehind_TakesThemAway(string script, int seconds, int exitCode)
    {
        var process = PeerProcess.Run(["sh", "-c", script], TimeSpan.FromSeconds(seconds));
        var folder = process.Output.Trim();

        Assert.Equal(exitCode, process.ExitCode);
        Assert.NotEmpty(folder);
        Assert.False(Path.Exists(folder));
    }

    [UnixFact]
    public async Task Run_Interrupted_EndsTheProgramAndTakesItsFilesAway()
    {
        var own = Directory.CreateTempSubdirectory("zmtp-compare-tests-");
        try
        {
            var pipe = Path.Combine(own.FullName, "pipe");
            Assert.Equal(0, PeerProcess.Run(["mkfifo", pipe], Limit).ExitCode);
            using var interruption = new CancellationTokenSource();
            var token = interruption.Token;
            var run = Task.Run(() => PeerProcess.Run(["sh", "-c", $"touch $TMPDIR/left; echo $TMPDIR > {pipe}; exec sleep 600"], Limit * 2, token));
            var folder = (await Task.Run(() => File.ReadAllText(pipe)).WaitAsync(Limit)).Trim();
            await interruption.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Limit));
            Assert.NotEmpty(folder);
            Assert.False(Path.Exists(folder));
        }
        finally
        {
            own.Delete(recursive: true);
        }
    }

    [UnixFact]
    public async Task Run_ProgramThatLeavesItsOutputToAnother_IsNotWaitedForWithoutLimit()
    {
        using var left = LeftProcess.Prepare();
        var process = await Task.Run(() => PeerProcess.Run(["sh", "-c", $"{left.Script} echo x"], TimeSpan.FromSeconds(3))).WaitAsync(Limit);

        Assert.Equal(-1, process.ExitCode);
        Assert.Equal("its output stayed open", process.LastError);
    }

    [UnixFact]
    public async Task Run_InterruptedWhenOnlyItsOutputIsStillOpen_Ends()
    {
        using var left = LeftProcess.Prepare();
        using var interruption = new CancellationTokenSource();
        var token = interruption.Token;
        var run = Task.Run(() => PeerProcess.Run(["sh", "-c", $"{left.Script} echo $$ > {left.Told}"], Limit * 2, token));
        await WaitForEndAsync(await Task.Run(() => File.ReadAllText(left.Told)).WaitAsync(Limit));
        Assert.False(run.IsCompleted);
        await interruption.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Limit));
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

    private static async Task WaitForEndAsync(string id)
    {
        try
        {
            using var process = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
            using var patience = new CancellationTokenSource(Limit);
            await process.WaitForExitAsync(patience.Token);
        }
        catch (ArgumentException)
        {
            // It has ended.
        }
    }

    /// <summary>
    /// A process in the background of a script, which waits with the script's output for somebody to open a pipe. It ends when this does.
    /// </summary>
    private sealed class LeftProcess : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zmtp-compare-tests-");

        private LeftProcess()
        {
        }

        public string Script => $"cat < {Pipe} &";

        /// <summary>Another pipe, for the test.</summary>
        public string Told => Path.Combine(_folder.FullName, "told");

        private string Pipe => Path.Combine(_folder.FullName, "pipe");

        public static LeftProcess Prepare()
        {
            var left = new LeftProcess();
            Assert.Equal(0, PeerProcess.Run(["mkfifo", left.Pipe, left.Told], Limit).ExitCode);
            return left;
        }

        public void Dispose()
        {
            // Opens when the process waits there, or with somebody who reads: nobody may be left that waits.
            var opening = Task.Run(() => File.Open(Pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite).Dispose());
            if (!opening.Wait(Limit)) File.Open(Pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
            _folder.Delete(recursive: true);
        }
    }
}
