namespace Zmtp.Compare;

/// <summary>One implementation in one setting: a column of the tables and a colour of the charts.</summary>
internal sealed record Series
{
    /// <summary>As in the tables, the charts and the results.</summary>
    public required string Name { get; init; }

    /// <summary>The program that measures it.</summary>
    public required Peer Peer { get; init; }

    /// <summary>Options beside those of the cell.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Only these cases; empty for all.</summary>
    public IReadOnlyList<string> Cases { get; init; } = [];

    /// <summary>Only these mechanisms; empty for all.</summary>
    public IReadOnlyList<string> Mechanisms { get; init; } = [];

    /// <summary>Only these transports; empty for all.</summary>
    public IReadOnlyList<string> Transports { get; init; } = [];

    /// <summary>An option that the program must know; a series whose program does not is left out, and that is said.</summary>
    public string? NeededOption { get; init; }

    /// <summary>Of its bars.</summary>
    public required string Colour { get; init; }

    /// <summary>Whether it is to have a figure in this row: some implementations have no such mechanism or transport.</summary>
    public bool IsMeantFor(Cell cell) =>
        (Cases.Count == 0 || Cases.Contains(cell.Case)) &&
        (Mechanisms.Count == 0 || Mechanisms.Contains(cell.Mechanism)) &&
        (Transports.Count == 0 || Transports.Contains(cell.Transport));

    /// <summary>What its program would need for this row and has not, as it was built here; null if nothing.</summary>
    public string? Lacks(Cell cell) =>
        NeededOption is null || Peer.Knows(NeededOption) ? Peer.Lacks(cell.Transport, cell.Mechanism) : $"the option {NeededOption}";

    /// <summary>Whether it has a figure in this row.</summary>
    public bool Has(Cell cell) => IsMeantFor(cell) && Lacks(cell) is null;
}
