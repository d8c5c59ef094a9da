using System.Diagnostics;
using Zmtp.Perf.Links;

namespace Zmtp.Perf;

/// <summary>
/// Runs the two halves of a case as two processes: the one that measures is this one, the other one is started. It gets its arguments by
/// its standard input, so that no secret key can be seen in the list of processes, and ends when that is closed: also when this process
/// was killed.
/// </summary>
internal static class PairOfProcesses
{
    /// <summary>The verb of the other process.</summary>
    public const string Verb = "half";

    private const int ParentIsGone = 1;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    /// <param name="measurer">The role of this half.</param>
    /// <param name="mine">Its options.</param>
    /// <param name="other">The role of the other half.</param>
    /// <param name="others">Its arguments.</param>
    public static Outcome Run(string measurer, Options mine, string other, IReadOnlyList<string> others)
    {
        using var process = Start([other, mine.Name, .. others]);
        try
        {
            using var link = new ProcessLink(
                process.StandardOutput, process.StandardInput, process.Id,
                static board => board.Put(Notice.Failed, "the other process ended before the measurement did"));
            using var library = new Library();
            return library.Run(measurer, mine, link);
        }
        finally
        {
            // It may be in the middle of a million messages that nobody wants any more.
            process.Kill();
            process.WaitForExit(EndLimit);
        }
    }

    /// <summary>Runs the other half: the main program of the process that <see cref="Run"/> has started.</summary>
    public static int RunOther()
    {
        if (!int.TryParse(Console.In.ReadLine(), out var count)) throw new UsageException($"{Verb} is not for use by hand.");
        var arguments = new string[count];
        for (var i = 0; i < count; i++) arguments[i] = Console.In.ReadLine() ?? throw new UsageException("An argument is missing.");
        var (role, name) = (arguments[0], arguments[1]);
        using var link = new ProcessLink(Console.In, Console.Out, otherProcess: 0, static _ => Environment.Exit(ParentIsGone));
        using var library = new Library();
        var outcome = library.Run(role, OptionsParser.Parse(name, arguments.Skip(2)), link);
        return outcome.Error is null ? 0 : 1;
    }

    private static Process Start(IReadOnlyList<string> arguments)
    {
        var program = Environment.ProcessPath ?? throw new MeasurementException("the path of this program is unknown");
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var library = typeof(PairOfProcesses).Assembly.Location;
        if (Path.GetFileNameWithoutExtension(program) != Path.GetFileNameWithoutExtension(library)) start.ArgumentList.Add(library);
        start.ArgumentList.Add(Verb);
        var process = Process.Start(start) ?? throw new MeasurementException("the other process did not start");
        process.StandardInput.WriteLine(arguments.Count);
        foreach (var argument in arguments) process.StandardInput.WriteLine(argument);
        process.StandardInput.Flush();
        return process;
    }
}
