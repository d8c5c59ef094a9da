using System.Globalization;
using System.Xml.Linq;

namespace Zmtp.Compare;

/// <summary>A bar: a series' figure in one row.</summary>
/// <param name="Series">Whose it is; by it the colour is found.</param>
/// <param name="Value">Its length, in units of the axis.</param>
/// <param name="Text">What stands at its end.</param>
/// <param name="Goal">Where it is to reach, or not to exceed; null for nowhere.</param>
internal sealed record Bar(string Series, double Value, string Text, double? Goal = null);

/// <summary>The bars of a row.</summary>
internal sealed record BarGroup(string Label, IReadOnlyList<Bar> Bars);

/// <summary>Horizontal bars in groups, as SVG without a background: legible on light and on dark pages.</summary>
internal sealed class BarChart
{
    private const double Width = 760;
    private const double LabelWidth = 150;
    private const double TextWidth = 130;
    private const double BarHeight = 13;
    private const double BarGap = 2;
    private const double GroupGap = 13;
    private const double HeadHeight = 72;
    private const double FootHeight = 8;
    private const double FontRise = 10;

    /// <summary>Grey that has contrast on white and on black; where the reader's choice is known, more of it.</summary>
    private const string Style = """
        text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #6e7781; }
        .title { font-size: 15px; font-weight: 600; }
        .label { text-anchor: end; }
        .mark { stroke: #6e7781; stroke-width: 1; stroke-dasharray: 3 3; }
        .goal { stroke: #cf222e; stroke-width: 2; }
        @media (prefers-color-scheme: light) { text { fill: #32383f; } }
        @media (prefers-color-scheme: dark) { text { fill: #c9d1d9; } .goal { stroke: #ff7b72; } }
        """;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public required string Title { get; init; }

    /// <summary>What the bars' length means.</summary>
    public required string Subtitle { get; init; }

    public required IReadOnlyList<BarGroup> Groups { get; init; }

    /// <summary>The colour of each series, in the order of the legend.</summary>
    public required IReadOnlyList<(string Series, string Colour)> Colours { get; init; }

    /// <summary>A value that is marked over the whole height; null for none.</summary>
    public double? Mark { get; init; }

    public XDocument Draw()
    {
        var height = HeadHeight + Groups.Sum(HeightOf) + FootHeight;
        var root = Element(
            "svg", ("viewBox", $"0 0 {Text(Width)} {Text(height)}"), ("width", Text(Width)), ("height", Text(height)), ("role", "img"));
        root.Add(new XElement(Svg + "title", Title), new XElement(Svg + "style", Style));
        root.Add(Words(Title, 0, 18, "title"), Words(Subtitle, 0, 36, "subtitle"));
        root.Add(Legend());
        if (Mark is { } mark) root.Add(Line(LabelWidth + Length(mark), HeadHeight - GroupGap / 2, height - FootHeight, "mark"));
        var top = HeadHeight;
        foreach (var group in Groups)
        {
            root.Add(Draw(group, top));
            top += HeightOf(group);
        }

        return new XDocument(root);
    }

    private IEnumerable<XElement> Draw(BarGroup group, double top)
    {
        yield return Words(group.Label, LabelWidth - 8, top + (group.Bars.Count * (BarHeight + BarGap) / 2) + 3, "label");
        for (var i = 0; i < group.Bars.Count; i++)
        {
            var bar = group.Bars[i];
            var y = top + (i * (BarHeight + BarGap));
            yield return Box(LabelWidth, y, Math.Max(1, Length(bar.Value)), ColourOf(bar.Series));
            if (bar.Goal is { } goal) yield return Line(LabelWidth + Length(goal), y - 1, y + BarHeight + 1, "goal");
            yield return Words(bar.Text, LabelWidth + TextStart(bar) + 6, y + FontRise, "value");
        }
    }

    private IEnumerable<XElement> Legend()
    {
        const double boxWidth = 12;
        const double letterWidth = 7;
        var x = 0.0;
        foreach (var (series, colour) in Colours)
        {
            yield return Box(x, 46, boxWidth, colour);
            yield return Words(series, x + boxWidth + 5, 46 + FontRise, "legend");
            x += boxWidth + 22 + (series.Length * letterWidth);
        }

        if (!Groups.Any(static group => group.Bars.Any(static bar => bar.Goal is not null))) yield break;
        yield return Line(x + 1, 45, 47 + BarHeight, "goal");
        yield return Words("goal", x + 8, 46 + FontRise, "legend");
    }

    private static double HeightOf(BarGroup group) => (group.Bars.Count * (BarHeight + BarGap)) + GroupGap;

    /// <summary>Behind the bar, or behind the goal where that would be in the way.</summary>
    private double TextStart(Bar bar)
    {
        var (end, goal) = (Length(bar.Value), Length(bar.Goal ?? 0));
        return goal > end && goal < end + TextWidth ? goal : end;
    }

    private double Length(double value) => value / Longest * (Width - LabelWidth - TextWidth);

    private double Longest => Groups.SelectMany(static group => group.Bars)
        .Select(static bar => Math.Max(bar.Value, bar.Goal ?? 0))
        .Append(Mark ?? 0).Append(double.Epsilon).Max();

    private string ColourOf(string series) => Colours.First(pair => pair.Series == series).Colour;

    private static XElement Box(double x, double y, double width, string colour) => Element(
        "rect", ("x", Text(x)), ("y", Text(y)), ("width", Text(width)), ("height", Text(BarHeight)), ("rx", "2"), ("fill", colour));

    private static XElement Line(double x, double top, double bottom, string kind) => Element(
        "line", ("x1", Text(x)), ("x2", Text(x)), ("y1", Text(top)), ("y2", Text(bottom)), ("class", kind));

    private static XElement Words(string words, double x, double y, string kind)
    {
        var element = Element("text", ("x", Text(x)), ("y", Text(y)), ("class", kind));
        element.Value = words;
        return element;
    }

    private static XElement Element(string name, params IEnumerable<(string Name, string Value)> attributes) =>
        new(Svg + name, attributes.Select(static attribute => new XAttribute(attribute.Name, attribute.Value)));

    private static string Text(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
