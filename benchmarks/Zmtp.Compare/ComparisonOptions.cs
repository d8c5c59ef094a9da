using System.Globalization;

namespace Zmtp.Compare;

/// <summary>What the command line says. Immutable.</summary>
internal sealed record ComparisonOptions
{
    public const string Usage = """
        usage: benchmarks/compare.sh [--quick] [options]
          --quick              few cells, one run of each: shows that it works, gives no figures to trust
          --only C[,C...]      cases: throughput latency pubsub rpc handshake connections
          --transports T[,T]   tcp ipc inproc
          --mechanisms M[,M]   null curve plain; default null,curve
          --sizes N[,N...]     octets of the body
          --series S[,S...]    libzmq zmtp zmtp-async zmtp-vector netmq
          --runs N             of each cell; default 5 for throughput and 3 for the rest
          --seconds S          of each measurement; default 0.5
          --docs | --no-docs   whether to renew docs/BENCHMARKS.md; default: after the whole table, not after a part of it
          --no-build           use what was built before
        """;

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

    /// <summary>Whether to renew the document: a part of the table does not replace the whole one unless that is asked for.</summary>
    public bool WritesDocs => DocsGiven ?? (!Quick && Runs is null && SecondsGiven is null &&
        Cases.Count + Transports.Count + Mechanisms.Count + Sizes.Count + Series.Count == 0);

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
                "--docs" => options with { DocsGiven = true },
                "--no-docs" => options with { DocsGiven = false },
                "--only" => options with { Cases = Names(option, rest, CaseNames.All) },
                "--transports" => options with { Transports = Names(option, rest, Plan.Transports) },
                "--mechanisms" => options with { Mechanisms = Names(option, rest, ["null", "plain", "curve"]) },
                "--sizes" => options with { Sizes = [.. Values(option, rest).Select(value => (int)Number(option, value))] },
                "--series" => options with { Series = Values(option, rest) },
                "--runs" => options with { Runs = Math.Max(1, (int)Number(option, Value(option, rest))) },
                "--seconds" => options with { SecondsGiven = Number(option, Value(option, rest)) },
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

    private static double Number(string option, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= 0
            ? number
            : throw new UsageException($"{option} takes a number that is not negative; \"{text}\" is none.");
}
