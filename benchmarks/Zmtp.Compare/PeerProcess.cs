using System.ComponentModel;
using System.Diagnostics;

namespace Zmtp.Compare;

/// <summary>What a program printed before it ended.</summary>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="ExitCode">Its exit code; -1 if it had to be killed, did not start, or left its output to another process.</param>
internal sealed record PeerProcess(string Output, string Error, int ExitCode)
{
    /// <summary>How long at least what a program has printed may take to be read once it has ended, or was killed.</summary>
    private static readonly TimeSpan LeastReadLimit = TimeSpan.FromSeconds(5);

    /// <summary>The last thing it complained about.</summary>
    public string LastError =>
        Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [.., var last] ? last : "";

    /// <summary>
    /// Runs a program to its end, or kills it and the processes it has started when that takes too long or is interrupted. A process that it has
    /// started and left behind is out of reach; its output is not waited for beyond the limit. Temporary files go into a folder of their own, and
    /// with it: half of a measurement that is killed leaves the socket behind that it has bound.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was interrupted; nothing of it is left.</exception>
    public static PeerProcess Run(IReadOnlyList<string> command, TimeSpan limit, CancellationToken interruption = default)
    {
        interruption.ThrowIfCancellationRequested();
        var temporary = Directory.CreateTempSubdirectory("zmtp-compare-");
        try
        {
            return Run(command, limit, temporary.FullName, interruption);
        }
        catch (Win32Exception e)
        {
            return new PeerProcess("", $"{command[0]}: {e.Message}", -1);
        }
        finally
        {
            TryDelete(temporary);
        }
    }

    private static void TryDelete(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // What it had started is still about to end. A folder that is left is better than a table that is not finished.
        }
    }

    private static PeerProcess Run(IReadOnlyList<string> command, TimeSpan limit, string temporaryFolder, CancellationToken interruption)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["TMPDIR"] = temporaryFolder },
        };
        using var process = Process.Start(start)!;
        using var killing = interruption.Register(() => process.Kill(entireProcessTree: true));
        process.StandardInput.Close();
        using var reading = new CancellationTokenSource();
        var output = process.StandardOutput.ReadToEndAsync(reading.Token);
        var error = process.StandardError.ReadToEndAsync(reading.Token);
        var begin = Stopwatch.GetTimestamp();
        var hasEnded = process.WaitForExit(limit);
        if (!hasEnded) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        interruption.ThrowIfCancellationRequested();

        var fate = hasEnded ? "" : $"\nkilled after {limit.TotalSeconds:0} s";

        // What it has started and left behind may have both still, for as long as it likes.
        var left = limit - Stopwatch.GetElapsedTime(begin);
        if (!Task.WhenAll(output, error).Wait(left > LeastReadLimit ? left : LeastReadLimit, interruption))
        {
            reading.Cancel();
            return new PeerProcess("", $"{(error.IsCompletedSuccessfully ? error.Result : "")}{fate}\nits output stayed open", -1);
        }

        return new PeerProcess(output.Result, error.Result + fate, hasEnded ? process.ExitCode : -1);
    }
}
