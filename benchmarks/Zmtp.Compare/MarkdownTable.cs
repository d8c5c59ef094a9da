using System.Text;

namespace Zmtp.Compare;

/// <summary>A table whose source is as legible as its picture: columns are aligned.</summary>
internal sealed class MarkdownTable(params IEnumerable<string> head)
{
    private readonly List<string[]> _rows = [[.. head]];

    /// <exception cref="ArgumentException">The row has another number of cells than the head.</exception>
    public void Add(IEnumerable<string> cells)
    {
        string[] row = [.. cells];
        if (row.Length != _rows[0].Length) throw new ArgumentException($"{row.Length} cells in a table of {_rows[0].Length} columns");
        _rows.Add(row);
    }

    public override string ToString()
    {
        var widths = Enumerable.Range(0, _rows[0].Length).Select(column => _rows.Max(row => row[column].Length))
            .Select(static width => Math.Max(width, 2)).ToArray();
        var text = new StringBuilder();
        for (var i = 0; i < _rows.Count; i++)
        {
            AppendRow(text, _rows[i].Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])));
            if (i == 0) AppendRow(text, widths.Select(Rule));
        }

        return text.ToString();
    }

    /// <summary>Labels stand on the left, figures on the right.</summary>
    private static string Rule(int width, int column) => column == 0 ? new string('-', width) : new string('-', width - 1) + ':';

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
