namespace Zmtp.Compare;

/// <summary>Who measures which cells, and who is meant to but cannot.</summary>
internal sealed class Lineup
{
    /// <summary>Why not to begin.</summary>
    public const string Nothing = "There is nothing to measure.";

    private Lineup(IReadOnlyList<Series> series, IReadOnlyList<Cell> cells, IReadOnlyList<string> leftOut) =>
        (Series, Cells, LeftOut) = (series, cells, leftOut);

    /// <summary>Who has a cell at least, in the order of the turns.</summary>
    public IReadOnlyList<Series> Series { get; }

    /// <summary>The rows in which somebody has a figure, in their order.</summary>
    public IReadOnlyList<Cell> Cells { get; }

    /// <summary>Sentences about cells without a series that is meant to have them: the table has a hole there.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    /// <summary>Looks who can do what, once the programs have said what they are.</summary>
    /// <param name="series">Who is to take part.</param>
    /// <param name="cells">What is to be measured.</param>
    /// <exception cref="UsageException">Nobody can measure anything.</exception>
    public static Lineup Of(IReadOnlyList<Series> series, IReadOnlyList<Cell> cells)
    {
        var able = series.Where(one => cells.Any(one.Has)).ToList();
        var filled = cells.Where(cell => series.Any(one => one.Has(cell))).ToList();
        if (filled.Count == 0) throw new UsageException(Nothing);
        return new Lineup(able, filled, [.. series.SelectMany(one => LeftOutOf(cells, one))]);
    }

    private static IEnumerable<string> LeftOutOf(IReadOnlyList<Cell> cells, Series one) =>
        from cell in cells
        where one.IsMeantFor(cell)
        group cell by one.Lacks(cell) into without
        where without.Key is not null
        select $"{one.Name} is left out of {(without.Count() == 1 ? "1 cell" : $"{without.Count()} cells")}: its program lacks {without.Key}";
}
