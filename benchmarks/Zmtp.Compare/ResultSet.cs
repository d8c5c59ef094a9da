namespace Zmtp.Compare;

/// <summary>All that was measured.</summary>
internal sealed class ResultSet
{
    private readonly List<Measurement> _all = [];

    /// <summary>The cells, in the order in which they were measured.</summary>
    public IReadOnlyList<Cell> Cells => [.. _all.Select(static measurement => measurement.Cell).Distinct()];

    /// <summary>What went wrong.</summary>
    public IReadOnlyList<Measurement> Failures => [.. _all.Where(static measurement => measurement.Error is not null)];

    public void Add(Measurement measurement) => _all.Add(measurement);

    /// <summary>The median over the runs; null if nothing was measured.</summary>
    public double? Median(Cell cell, string series, Metric metric) => Statistics.Median(Values(cell, series, metric).Values);

    /// <inheritdoc cref="Statistics.Spread"/>
    public double? Spread(Cell cell, string series, Metric metric) => Statistics.Spread(Values(cell, series, metric).Values);

    /// <summary>
    /// The median of the ratios within each run. What slows the machine down for a while slows down both halves of a ratio: it moves less
    /// than the ratio of the medians.
    /// </summary>
    public double? Get(Cell cell, Ratio ratio)
    {
        var references = Values(cell, ratio.Reference, ratio.Metric);
        return Statistics.Median(Values(cell, ratio.Series, ratio.Metric)
            .Where(pair => references.GetValueOrDefault(pair.Key) != 0)
            .Select(pair => pair.Value / references[pair.Key]));
    }

    /// <summary>The same in the cell that differs only in how it was asked for, as for the goals that refer to another row.</summary>
    public double? GetLike(Cell like, Ratio ratio) =>
        Cells.FirstOrDefault(cell => cell.Transport == like.Transport && cell.WithoutTransport == like.WithoutTransport) is { } cell
            ? Get(cell, ratio)
            : null;

    public Goal? GoalOf(Cell cell, Ratio ratio) => Goals.Find(cell, ratio, GetLike);

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
