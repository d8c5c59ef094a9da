namespace Zmtp.Compare;

/// <summary>A series in one cell, from its trial to its last run.</summary>
/// <param name="cell">What is measured.</param>
/// <param name="series">Who measures it.</param>
internal sealed class Contender(Cell cell, Series series)
{
    public Cell Cell { get; } = cell;

    public Series Series { get; } = series;

    /// <summary>The highest rate so far, be it that of the trial; null if there was none.</summary>
    public double? KnownRate { get; private set; }

    public void NoteRate(Measurement measurement)
    {
        if (measurement.Get(Metric.Rate) is { } rate) KnownRate = Math.Max(rate, KnownRate ?? 0);
    }
}
