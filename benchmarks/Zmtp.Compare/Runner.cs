namespace Zmtp.Compare;

/// <summary>
/// Measures the first run of all cells, then the second one of all of them, and so on: a machine has moods that last for minutes, and each run
/// of a cell is to meet another one. Within a run the series take turns in each cell, and cells that are compared with each other take theirs
/// together: what disturbs the machine disturbs both halves of a ratio.
/// </summary>
/// <param name="lineup">Who measures what.</param>
/// <param name="seconds">For how long each measures.</param>
/// <param name="start">Runs a command line to its end.</param>
/// <param name="look">Called before each turn, while nothing is measured.</param>
/// <param name="lines">Where each line goes as soon as it is there.</param>
/// <param name="progress">For whoever waits.</param>
internal sealed class Runner(
    Lineup lineup, double seconds, Func<IReadOnlyList<string>, PeerProcess> start, Action look, TextWriter lines, TextWriter progress)
{
    /// <returns>All lines, also those that say what went wrong.</returns>
    public ResultSet Run()
    {
        var cells = lineup.Cells;
        var results = new ResultSet(cells) { LeftOut = lineup.LeftOut };
        foreach (var sentence in lineup.LeftOut) progress.WriteLine($"warning: {sentence}");
        var groups = Plan.Groups(cells).Select(ContendersOf).ToList();
        var (done, all) = (0, groups.Sum(static group => CellsOf(group, run: 0).Sum(static cell => cell.Runs)));
        for (var run = 0; run < cells.Max(static cell => cell.Runs); run++)
        {
            foreach (var group in groups)
            {
                if (run == 0) all -= LeaveOut(group, results);
                var cellsOfTurn = CellsOf(group, run);
                if (cellsOfTurn.Count == 0) continue;
                look();
                var measurements = Measure(group, run, results);
                foreach (var cell in cellsOfTurn)
                {
                    var figures = measurements.Where(measurement => measurement.Cell == cell).Select(Figure);
                    progress.WriteLine($"[{++done}/{all}] {cell.Name}, run {run + 1} of {cell.Runs}: {string.Join(", ", figures)}");
                }
            }
        }

        return results;
    }

    private List<Contender> ContendersOf(IReadOnlyList<Cell> group) =>
        [.. group.SelectMany(cell => lineup.Series.Where(one => one.Has(cell)).Select(one => new Contender(cell, one)))];

    /// <summary>Those that somebody measures in a run.</summary>
    private static List<Cell> CellsOf(IEnumerable<Contender> group, int run) =>
        [.. group.Select(static contender => contender.Cell).Distinct().Where(cell => run < cell.Runs)];

    /// <summary>Has everybody show in a trial that nothing is lost, and leaves out who cannot: what does not arrive has no rate.</summary>
    /// <returns>How many runs of cells there are less, since nobody is left in them.</returns>
    private int LeaveOut(List<Contender> group, ResultSet results)
    {
        var before = CellsOf(group, run: 0);
        group.RemoveAll(contender => !Try(contender, results));
        return before.Except(CellsOf(group, run: 0)).Sum(static cell => cell.Runs);
    }

    private List<Measurement> Measure(IReadOnlyList<Contender> group, int run, ResultSet results)
    {
        var measurements = new List<Measurement>();
        foreach (var contender in group.Where(contender => run < contender.Cell.Runs))
        {
            var arguments = Plan.Arguments(contender.Cell, contender.Series, seconds, contender.KnownRate);
            var measurement = Run(contender, run, arguments);
            results.Add(measurement);
            contender.NoteRate(measurement);
            measurements.Add(measurement);
        }

        return measurements;
    }

    private static string Figure(Measurement measurement)
    {
        var metric = measurement.Cell.Case switch
        {
            CaseNames.Latency => Metric.P50,
            CaseNames.Connections => Metric.ServerKb,
            _ => Metric.Rate,
        };
        return $"{measurement.Series} {(measurement.Get(metric) is { } value ? Format.Number(value) : "failed")}";
    }

    /// <summary>Lets a series show that it loses nothing and mixes nothing up. Its figures do not count.</summary>
    /// <returns>Whether it does, or whether there is nothing to show.</returns>
    private bool Try(Contender contender, ResultSet results)
    {
        if (Plan.TrialArguments(contender.Cell, contender.Series) is not { } arguments) return true;
        var trial = Run(contender, Measurement.Trial, arguments);
        contender.NoteRate(trial);
        if (trial.Error is null) return true;
        results.Add(trial);
        return false;
    }

    private Measurement Run(Contender contender, int run, IReadOnlyList<string> arguments)
    {
        var (cell, one) = (contender.Cell, contender.Series);
        var measurement = Measurement.Read(cell, one.Name, run, start([.. one.Peer.Command, .. arguments]));
        lines.WriteLine(measurement.Json);
        lines.Flush();
        if (measurement.Error is not null) progress.WriteLine($"error: {one.Name} {cell.Name}, {measurement.RunName}: {measurement.Error}");
        return measurement;
    }
}
