using System.Text;

namespace Zmtp.Compare;

/// <summary>Writes the tables and charts, alone or into a document that has text of its own around them.</summary>
internal sealed class Document(ResultSet results, IReadOnlyList<Series> series, string description)
{
    public const string Begin = "<!-- Written by benchmarks/compare.sh from here on. -->";
    public const string End = "<!-- Written by hand from here on. -->";

    private readonly Tables _tables = new(results, series);
    private readonly Charts _charts = new(results, series);
    private readonly IReadOnlyList<Section> _sections = Section.Of(results.Cells);

    /// <summary>Puts new text between the two marks of a document; what is around them stays.</summary>
    /// <exception cref="InvalidDataException">The document does not have the marks.</exception>
    public static string Replace(string document, string text)
    {
        var begin = document.IndexOf(Begin, StringComparison.Ordinal);
        var end = document.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new InvalidDataException($"the document has not the lines \"{Begin}\" and \"{End}\" in it");
        return $"{document[..(begin + Begin.Length)]}\n\n{text}\n{document[end..]}";
    }

    /// <summary>The goals and the ratios, as they are printed in the end.</summary>
    public string Summary()
    {
        var text = new StringBuilder();
        foreach (var section in _sections) text.Append($"{section.Title}\n\n{_tables.Ratios(section)}\n");
        return text.Append(Verdict()).ToString();
    }

    /// <summary>Everything, as Markdown.</summary>
    /// <param name="chartFolder">Where the charts are, from where the document is.</param>
    public string Markdown(string chartFolder)
    {
        var text = new StringBuilder($"{description}\n\n{Verdict()}");
        foreach (var section in _sections)
        {
            text.Append($"\n### {section.Title}\n\n");
            if (_charts.Of(section) is not null) text.Append($"![{section.Title}]({chartFolder}/{section.Id}.svg)\n\n");
            text.Append($"{_tables.Ratios(section)}\n{_tables.Figures(section)}");
        }

        return text.ToString();
    }

    /// <summary>Draws the charts and removes those of tables that are no longer there.</summary>
    public void SaveCharts(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var old in Directory.GetFiles(folder, "*.svg")) File.Delete(old);
        foreach (var section in _sections)
        {
            if (_charts.Of(section) is { } chart) File.WriteAllText(Path.Combine(folder, section.Id + ".svg"), chart.Draw() + "\n");
        }
    }

    private string Verdict()
    {
        var (held, all) = _tables.CountGoals();
        var text = new StringBuilder($"{held} of {all} goals hold.");
        foreach (var sentence in results.LeftOut) text.Append($"\n\n- **hole**: {sentence}");
        foreach (var failure in results.Failures)
        {
            text.Append($"\n\n- **failed**: {failure.Series}, {failure.Cell.Name}, {failure.RunName}: {failure.Error}");
        }

        return text.Append('\n').ToString();
    }
}
