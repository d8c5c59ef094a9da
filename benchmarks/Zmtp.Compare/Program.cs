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
    var root = FindRoot();
    var series = SeriesTable.Create(root).Where(one => options.Series.Count == 0 || options.Series.Contains(one.Name)).ToList();
    if (!series.Exists(one => cells.Any(one.IsMeantFor))) throw new UsageException(Lineup.Nothing);
    if (options.IsCheck) return Succeeded;

    foreach (var one in series) one.Peer.Ask(interruption);
    var lineup = Lineup.Of(series, cells);
    var begin = DateTime.UtcNow;
    var folder = Path.Combine(root, "benchmarks/results", begin.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
    Directory.CreateDirectory(folder);
    var load = new ForeignLoad();
    ResultSet results;
    using (var lines = new StreamWriter(Path.Combine(folder, "lines.jsonl")))
    {
        lines.WriteLine(new JsonObject { ["machine"] = Machine.Describe(), ["options"] = options.CommandLine }.ToJsonString());
        var runner = new Runner(lineup, options.Seconds, command => Start(command, interruption), () => load.Look(Console.Error), lines, Console.Error);
        results = runner.Run();
    }

    var document = new Document(results, lineup.Series, Description.Of(options, lineup.Cells, lineup.Series, begin, DateTime.UtcNow - begin, load));
    Console.WriteLine(document.Summary());
    document.SaveCharts(Path.Combine(folder, "charts"));
    File.WriteAllText(Path.Combine(folder, "report.md"), document.Markdown("charts"));
    var writesDocs = options.WritesDocs(results.Holes);
    if (writesDocs)
    {
        WriteDocs(Path.Combine(root, "docs"), document);
    }
    else if (options.WritesDocs(holes: 0))
    {
        Console.Error.WriteLine("docs/BENCHMARKS.md stays as it was, since something has failed or is left out; --docs renews it nevertheless");
    }

    Console.WriteLine($"Lines, tables and charts: {Path.GetRelativePath(root, folder)}{(writesDocs ? ", docs/BENCHMARKS.md" : "")}");
    return results.Holes == 0 ? Succeeded : Failed;
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

static void WriteDocs(string folder, Document document)
{
    var path = Path.Combine(folder, "BENCHMARKS.md");
    document.SaveCharts(Path.Combine(folder, "benchmarks"));
    File.WriteAllText(path, Document.Replace(File.ReadAllText(path), document.Markdown("benchmarks")));
}
