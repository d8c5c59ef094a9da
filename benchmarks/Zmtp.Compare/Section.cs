namespace Zmtp.Compare;

/// <summary>The rows of one table and of one chart.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Id">The name of its chart's file.</param>
/// <param name="Case">Its case.</param>
/// <param name="Cells">Its rows.</param>
/// <param name="Label">What distinguishes a row.</param>
internal sealed record Section(string Title, string Id, string Case, IReadOnlyList<Cell> Cells, Func<Cell, string> Label)
{
    /// <summary>Puts the cells into sections: throughput into one for each way, the other cases into one each.</summary>
    public static IReadOnlyList<Section> Of(IReadOnlyList<Cell> cells)
    {
        var sections = new List<Section>();
        foreach (var name in CaseNames.All)
        {
            var mine = cells.Where(cell => cell.Case == name).ToList();
            if (name == CaseNames.Throughput)
            {
                sections.AddRange(mine.GroupBy(static cell => (cell.Transport, cell.Mechanism)).Select(static way => new Section(
                    $"PUSH to PULL, {Way(way.First())}", $"throughput-{way.Key.Transport}-{way.Key.Mechanism}", CaseNames.Throughput,
                    [.. way], static cell => Format.Size(cell.Size))));
            }
            else if (mine.Count > 0)
            {
                sections.Add(new Section(TitleOf(name), name, name, mine, LabelOf(name)));
            }
        }

        return sections;
    }

    private static string TitleOf(string name) => name switch
    {
        CaseNames.Latency => "REQ to REP and back, one at a time",
        CaseNames.PubSub => "PUB to SUBs, tcp: deliveries, nothing dropped",
        CaseNames.Fanout => "PUSH to 32 peers, tcp",
        CaseNames.Stream => "ROUTER to 32 DEALERs in turn, tcp",
        CaseNames.Rpc => "DEALER to ROUTER and back, tcp, 100 under way",
        CaseNames.Handshake => "Connect, handshake, one message and its echo, close; tcp",
        _ => "1000 connections that are at rest, tcp",
    };

    private static Func<Cell, string> LabelOf(string name) => name switch
    {
        CaseNames.Latency => static cell => $"{Way(cell)}, {Format.Size(cell.Size)}",
        CaseNames.PubSub => static cell => $"{Upper(cell.Mechanism)}, {Format.Size(cell.Size)}, {cell.Peers} SUBs",
        CaseNames.Handshake => static cell => $"{Upper(cell.Mechanism)}, {cell.Parallel} at once",
        CaseNames.Connections => static cell => Upper(cell.Mechanism),
        _ => static cell => $"{Upper(cell.Mechanism)}, {Format.Size(cell.Size)}",
    };

    private static string Way(Cell cell) => cell.Transport == Cell.Inproc ? cell.Transport : $"{cell.Transport}, {Upper(cell.Mechanism)}";

    private static string Upper(string mechanism) => mechanism.ToUpperInvariant();
}
