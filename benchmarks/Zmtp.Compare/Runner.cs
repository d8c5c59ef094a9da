namespace Zmtp.Compare;

/// <summary>Measures the cells, the series in turns within each of them: what disturbs the machine disturbs all of them.</summary>
internal sealed class Runner(IReadOnlyList<Series> series, double seconds, TextWriter lines, TextWriter progress)
{
    /// <summary>How long a measurement may take, whatever it does: then it hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);

    /// <returns>All lines, also those that say what went wrong.</returns>
    public ResultSet Run(IReadOnlyList<Cell> cells)
    {
        var results = new ResultSet();
        for (var i = 0; i < cells.Count; i++)
        {
            var cell = cells[i];
            var usable = series.Where(one => one.Has(cell)).ToList();
            for (var run = 0; run < cell.Runs; run++)
            {
                foreach (var one in usable) Measure(cell, one, run, results);
            }

            var summaries = string.Join(", ", usable.Select(one => Summary(results, cell, one)));
            progress.WriteLine($"[{i + 1}/{cells.Count}] {cell.Name}: {summaries}");
        }

        return results;
    }

    private static string Summary(ResultSet results, Cell cell, Series one)
    {
        var metric = cell.Case switch
        {
            CaseNames.Latency => Metric.P50,
            CaseNames.Connections => Metric.ServerKb,
            _ => Metric.Rate,
        };
        return results.Median(cell, one.Name, metric) is { } value ? $"{one.Name} {Format.Number(value)}" : $"{one.Name} failed";
    }

    private void Measure(Cell cell, Series one, int run, ResultSet results)
    {
        var process = PeerProcess.Run([.. one.Peer.Command, .. Plan.Arguments(cell, one, seconds)], Limit);
        var measurement = Measurement.Read(cell, one.Name, run, process);
        results.Add(measurement);
        lines.WriteLine(measurement.Json);
        lines.Flush();
        if (measurement.Error is not null) progress.WriteLine($"error: {one.Name} {cell.Name}, run {run + 1}: {measurement.Error}");
    }
}
