using System.Globalization;

namespace Zmtp.Compare;

/// <summary>What the command line says. Immutable.</summary>
internal sealed record ComparisonOptions
{
    /// <summary>The programs give up after 120 s, of which starting and warming up take up to 10.</summary>
    private const double MaxSeconds = 100;

    private const int MaxRuns = 1000;

    /// <summary>A body lies in memory more than once, on either side, and 16 of them wait there.</summary>
    private const int MaxSize = 1 << 28;

    /// <summary>All of it, for the record.</summary>
    public string CommandLine { get; init; } = "";

    public bool Quick { get; init; }

    /// <summary>Empty, as in the lists below: all.</summary>
    public IReadOnlyList<string> Cases { get; init; } = [];

    public IReadOnlyList<string> Transports { get; init; } = [];

    public IReadOnlyList<string> Mechanisms { get; init; } = [];

    public IReadOnlyList<int> Sizes { get; init; } = [];

    public IReadOnlyList<string> Series { get; init; } = [];

    public int? Runs { get; init; }

    public double? SecondsGiven { get; init; }

    public double Seconds => SecondsGiven ?? (Quick ? 0.3 : 0.5);

    public bool? DocsGiven { get; init; }

    /// <summary>Whether to say only if the command line makes sense.</summary>
    public bool IsCheck { get; init; }

    /// <summary>What options there are.</summary>
    public static string Usage
    {
        get
        {
            using var text = new StreamReader(typeof(ComparisonOptions).Assembly.GetManifestResourceStream("usage.txt")!);
            return text.ReadToEnd().TrimEnd();
        }
    }

    /// <summary>
    /// Whether to renew the document: neither a part of the table nor one that has holes replaces the whole one, unless that is asked for.
    /// </summary>
    /// <param name="holes">How many measurements have failed, or could not be tried.</param>
    public bool WritesDocs(int holes) => DocsGiven ?? (IsWhole && holes == 0);

    private bool IsWhole => !Quick && Runs is null && SecondsGiven is null &&
        Cases.Count + Transports.Count + Mechanisms.Count + Sizes.Count + Series.Count == 0;

    /// <exception cref="UsageException">The arguments do not make sense; the message says why.</exception>
    public static ComparisonOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new ComparisonOptions { CommandLine = string.Join(' ', arguments) };
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var option))
        {
            options = option switch
            {
                "--quick" => options with { Quick = true },
                "--check" => options with { IsCheck = true },
                "--docs" => options with { DocsGiven = true },
                "--no-docs" => options with { DocsGiven = false },
                "--only" => options with { Cases = Names(option, rest, CaseNames.All) },
                "--transports" => options with { Transports = Names(option, rest, Plan.Transports) },
                "--mechanisms" => options with { Mechanisms = Names(option, rest, ["null", "plain", "curve"]) },
                "--sizes" => options with { Sizes = [.. Values(option, rest).Select(value => Whole(option, value, 0, MaxSize))] },
                "--series" => options with { Series = Names(option, rest, SeriesTable.Names) },
                "--runs" => options with { Runs = Whole(option, Value(option, rest), 1, MaxRuns) },
                "--seconds" => options with { SecondsGiven = Time(option, Value(option, rest)) },
                _ => throw new UsageException($"There is no option {option}.\n{Usage}"),
            };
        }

        return options;
    }

    private static string[] Names(string option, Queue<string> rest, IReadOnlyList<string> choices)
    {
        var names = Values(option, rest);
        return Array.Find(names, name => !choices.Contains(name)) is { } wrong
            ? throw new UsageException($"{option} takes some of {string.Join(", ", choices)}, not {wrong}.")
            : names;
    }

    private static string[] Values(string option, Queue<string> rest) => Value(option, rest).Split(',');

    private static string Value(string option, Queue<string> rest) =>
        rest.TryDequeue(out var value) ? value : throw new UsageException($"{option} needs a value.");

    private static int Whole(string option, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new UsageException($"{option} takes a whole number from {least} to {most}; \"{text}\" is none.");

    private static double Time(string option, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= MaxSeconds
            ? number
            : throw new UsageException(
                $"{option} takes a number of more than 0 and up to {MaxSeconds}, since a program gives up after 120 s in all; \"{text}\" is none.");
}
