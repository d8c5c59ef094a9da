namespace Zmtp.Compare;

/// <summary>All that was measured.</summary>
/// <param name="cells">The rows of the tables, in their order; they may have been measured in another one.</param>
internal sealed class ResultSet(IReadOnlyList<Cell> cells)
{
    private readonly List<Measurement> _all = [];

    /// <summary>The rows in which something was measured.</summary>
    public IReadOnlyList<Cell> Cells => [.. cells.Where(cell => _all.Exists(measurement => measurement.Cell == cell))];

    /// <summary>What went wrong.</summary>
    public IReadOnlyList<Measurement> Failures => [.. _all.Where(static measurement => measurement.Error is not null)];

    /// <summary>Sentences about what nobody has tried to measure although somebody was meant to.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>How many holes the tables have: none if all that was to be measured has a figure.</summary>
    public int Holes => Failures.Count + LeftOut.Count;

    public void Add(Measurement measurement) => _all.Add(measurement);

    /// <summary>The median over the runs; null if nothing was measured.</summary>
    public double? Median(Cell cell, string series, Metric metric) => Statistics.Median(Values(cell, series, metric).Values);

    /// <inheritdoc cref="Statistics.Spread"/>
    public double? Spread(Cell cell, string series, Metric metric) => Statistics.Spread(Values(cell, series, metric).Values);

    /// <summary>
    /// The median of the ratios within each run. What slows the machine down for a while slows down both halves of a ratio: it moves less
    /// than the ratio of the medians.
    /// </summary>
    public double? Get(Cell cell, Ratio ratio) => Statistics.Median(ByRun(cell, ratio).Values);

    /// <summary>Whether somebody has tried to measure what a ratio is made of.</summary>
    public bool WasTried(Cell cell, Ratio ratio)
    {
        var mine = CellsOf(cell, ratio);
        return mine.Count > 0 && mine.All(one => WasTried(one, ratio.Series) && WasTried(one, ratio.Reference));
    }

    /// <summary>Whether a run of either of them has failed, or their trial, so that the ratio is not of as many runs as it should be.</summary>
    public bool LacksRuns(Cell cell, Ratio ratio) => ByRun(cell, ratio).Count < cell.Runs;

    /// <summary>How many measurements of a series have failed in a row of the table.</summary>
    public int CountFailures(Cell cell, string series) =>
        _all.Count(measurement => measurement.Cell == cell && measurement.Series == series && measurement.Error is not null);

    private bool WasTried(Cell cell, string series) => _all.Exists(measurement => measurement.Cell == cell && measurement.Series == series);

    /// <summary>The rows whose figures a ratio is made of; none if it has no meaning in this one.</summary>
    private IReadOnlyList<Cell> CellsOf(Cell cell, Ratio ratio)
    {
        if (!ratio.IsOfTcps) return [cell];
        var onTcp = cells.FirstOrDefault(other => other.Transport == Cell.Tcp && other.WithoutTransport == cell.WithoutTransport);
        return cell.Transport != Cell.Ipc || onTcp is null ? [] : [cell, onTcp];
    }

    private Dictionary<int, double> ByRun(Cell cell, Ratio ratio)
    {
        if (!ratio.IsOfTcps) return Quotients(Values(cell, ratio.Series, ratio.Metric), Values(cell, ratio.Reference, ratio.Metric));
        if (CellsOf(cell, ratio) is not [_, var onTcp]) return [];
        var plain = ratio with { IsOfTcps = false };
        return Quotients(ByRun(cell, plain), ByRun(onTcp, plain));
    }

    /// <summary>Of the runs that have both.</summary>
    private static Dictionary<int, double> Quotients(Dictionary<int, double> values, Dictionary<int, double> references) =>
        values.Where(pair => references.GetValueOrDefault(pair.Key) != 0)
            .ToDictionary(static pair => pair.Key, pair => pair.Value / references[pair.Key]);

    private Dictionary<int, double> Values(Cell cell, string series, Metric metric)
    {
        var values = new Dictionary<int, double>();
        foreach (var measurement in _all)
        {
            if (measurement.Series != series || measurement.Cell != cell) continue;
            if (measurement.Get(metric) is { } value) values[measurement.Run] = value;
        }

        return values;
    }
}
