using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Zmtp.Compare;

const int Succeeded = 0;
const int Failed = 1;
const int Misused = 2;
const int Interrupted = 130;

using var interruption = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onEnd = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
try
{
    if (args.Contains("--help"))
    {
        Console.WriteLine(ComparisonOptions.Usage);
        return Succeeded;
    }

    return Compare(ComparisonOptions.Parse(args), interruption.Token);
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return Misused;
}
catch (InvalidOperationException e)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return Failed;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("interrupted");
    return Interrupted;
}

// What is measured is ended, and what it would leave behind taken away, before this program ends.
void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;
    interruption.Cancel();
}

static int Compare(ComparisonOptions options, CancellationToken interruption)
{
    var cells = Plan.Cells(options);
    if (cells.Count == 0) throw new UsageException("There is nothing to measure.");
    if (options.IsCheck) return Succeeded;

    var root = FindRoot();
    var series = Usable(SeriesTable.Create(root), options, interruption);
    if (series.Count == 0) throw new UsageException("There is nothing to measure.");
    var begin = DateTime.UtcNow;
    var folder = Path.Combine(root, "benchmarks/results", begin.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
    Directory.CreateDirectory(folder);
    var load = new ForeignLoad();
    ResultSet results;
    using (var lines = new StreamWriter(Path.Combine(folder, "lines.jsonl")))
    {
        lines.WriteLine(new JsonObject { ["machine"] = Machine.Describe(), ["options"] = options.CommandLine }.ToJsonString());
        var runner = new Runner(series, options.Seconds, command => Start(command, interruption), () => load.Look(Console.Error), lines, Console.Error);
        results = runner.Run(cells);
    }

    var document = new Document(results, series, Description.Of(options, cells, series, begin, DateTime.UtcNow - begin, load));
    Console.WriteLine(document.Summary());
    document.SaveCharts(Path.Combine(folder, "charts"));
    File.WriteAllText(Path.Combine(folder, "report.md"), document.Markdown("charts"));
    var failures = results.Failures.Count;
    var writesDocs = options.WritesDocs(failures);
    if (writesDocs)
    {
        WriteDocs(Path.Combine(root, "docs"), document);
    }
    else if (options.WritesDocs(failures: 0))
    {
        Console.Error.WriteLine("docs/BENCHMARKS.md stays as it was, since something has failed; --docs renews it nevertheless");
    }

    Console.WriteLine($"Lines, tables and charts: {Path.GetRelativePath(root, folder)}{(writesDocs ? ", docs/BENCHMARKS.md" : "")}");
    return failures == 0 ? Succeeded : Failed;
}

// Whatever it does: then it hangs.
static PeerProcess Start(IReadOnlyList<string> command, CancellationToken interruption) =>
    PeerProcess.Run(command, TimeSpan.FromSeconds(150), interruption);

static string FindRoot()
{
    for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        if (File.Exists(Path.Combine(folder.FullName, "Zmtp.sln"))) return folder.FullName;
    }

    throw new InvalidOperationException("this program was not built inside the repository");
}

static IReadOnlyList<Series> Usable(IReadOnlyList<Series> all, ComparisonOptions options, CancellationToken interruption)
{
    var usable = new List<Series>();
    foreach (var one in all.Where(one => options.Series.Count == 0 || options.Series.Contains(one.Name)))
    {
        one.Peer.Ask(interruption);
        if (one.NeededOption is null || one.Peer.Knows(one.NeededOption)) usable.Add(one);
        else Console.Error.WriteLine($"{one.Name} is left out: its program has no option {one.NeededOption}");
    }

    return usable;
}

static void WriteDocs(string folder, Document document)
{
    var path = Path.Combine(folder, "BENCHMARKS.md");
    document.SaveCharts(Path.Combine(folder, "benchmarks"));
    File.WriteAllText(path, Document.Replace(File.ReadAllText(path), document.Markdown("benchmarks")));
}
