namespace Zmtp.Compare;

/// <summary>Medians: a machine that does something else for a moment does not move them.</summary>
internal static class Statistics
{
    /// <returns>The median; of an even number of values the mean of the middle two; null of none.</returns>
    public static double? Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) return null;
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The distance between the least and the greatest value, in units of the median.</summary>
    /// <returns>Null of less than two values.</returns>
    public static double? Spread(IReadOnlyCollection<double> values) =>
        values.Count < 2 ? null : (values.Max() - values.Min()) / Median(values);
}
