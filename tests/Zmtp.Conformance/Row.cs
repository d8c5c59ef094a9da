namespace Zmtp.Conformance;

/// <summary>A requirement, as a line of docs/conformance-rows.tsv.</summary>
/// <param name="Id">For example <c>CURVE-14</c>.</param>
/// <param name="Spec">The specification that it comes from.</param>
/// <param name="Level">M, S, s, G, O or X; the report explains them.</param>
/// <param name="Text">The requirement in our words.</param>
/// <param name="Reason">Why no test shows it, or null.</param>
/// <param name="Deviation">In what we knowingly differ from it, which is what its tests show; or null.</param>
internal sealed record Row(string Id, string Spec, string Level, string Text, string? Reason, string? Deviation = null)
{
    private const int FirstColumns = 4;
    private const int AllColumns = 6;

    /// <summary>Reads the rows in their order; lines that begin with # are comments.</summary>
    public static IReadOnlyList<Row> ReadAll(string path)
    {
        List<Row> rows = [];
        HashSet<string> ids = [];
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            string[] columns = line.Split('\t');
            if (columns.Length is < FirstColumns or > AllColumns)
            {
                throw new InvalidDataException($"{path}:{number}: expected {FirstColumns} to {AllColumns} columns, found {columns.Length}.");
            }

            if (!ids.Add(columns[0]))
            {
                throw new InvalidDataException($"{path}:{number}: the id {columns[0]} is already in use.");
            }

            rows.Add(new Row(columns[0], columns[1], columns[2], columns[3], At(columns, FirstColumns), At(columns, FirstColumns + 1)));
        }

        return rows;
    }

    private static string? At(string[] columns, int index) => columns.ElementAtOrDefault(index) is { Length: > 0 } text ? text : null;
}
