using System.Globalization;

namespace Zmtp.Compare;

/// <summary>Which cells are measured, and with which arguments.</summary>
internal static class Plan
{
    /// <summary>Of what waits on one side at most: a thousand messages, the default, would be a gigabyte at 1 MiB.</summary>
    private const int MaxWaiting = 64 << 20;

    private const int DefaultHighWaterMark = 1000;
    private const int LeastHighWaterMark = 16;
    private const int ThroughputRuns = 5;
    private const int OtherRuns = 3;
    private const int Small = 16;
    private const int Medium = 1024;

    private const int FewPeers = 4;
    private const int ManyPeers = 32;

    private const double NativeWarmup = 0.2;

    /// <summary>
    /// How long code in .NET takes to its final speed: what Zmtp.Perf warms up for whatever it is told (CompilerTime, where the reasons are), told to all
    /// such programs alike.
    /// </summary>
    private const double ManagedStreamWarmup = 1.5;
    private const double ManagedWarmup = 2.5;
    private const double ManagedHandshakeWarmup = 8.0;

    /// <summary>Enough to show that nothing is lost; not to warm up.</summary>
    private const double TrialSeconds = 0.1;
    private const int TrialMessages = 100_000;

    /// <summary>Of the most publications that may wait: how many a trial has to count, and how many times as many may warm up.</summary>
    private const int TrialPart = 4;
    private const int MaxWarmupFactor = 2;

    /// <summary>Of bodies that wait for each of a few subscribers; more of them get less each.</summary>
    private const int MaxNullOctets = 150 << 20;
    private const int MaxCurveOctets = 50 << 20;

    /// <summary>What a publication takes in the memory of whoever is behind, however small it is.</summary>
    private const int LeastOctets = 64;

    private const string ColdOption = "--cold";

    public static readonly int[] Sizes = [Small, 100, Medium, 8192, 65536, 1 << 20];

    public static readonly string[] Transports = [Cell.Tcp, Cell.Ipc, Cell.Inproc];

    private static readonly string[] QuickTransports = [Cell.Tcp, Cell.Inproc];

    /// <summary>The rows of the tables, in their order.</summary>
    public static IReadOnlyList<Cell> Cells(ComparisonOptions options)
    {
        var cells = Throughput(options).Concat(Latency(options));
        if (Chosen(options.Transports, Transports).Contains("tcp")) cells = cells.Concat(OnTcp(options));
        return [.. cells.Where(cell => options.Cases.Count == 0 || options.Cases.Contains(cell.Case))];
    }

    /// <summary>The cells, those together that are measured in the same turns: streams over tcp and over ipc, which a goal compares.</summary>
    public static IReadOnlyList<IReadOnlyList<Cell>> Groups(IReadOnlyList<Cell> cells) =>
        [.. cells.GroupBy(GroupOf).Select(static group => (IReadOnlyList<Cell>)[.. group])];

    /// <summary>The command line of a cell, without the program.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="series">Who is to measure.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="knownRate">The highest rate so far, be it that of the trial; null if there was none.</param>
    public static IReadOnlyList<string> Arguments(Cell cell, Series series, double seconds, double? knownRate)
    {
        var warmupSeconds = series.Peer.Runtime.Length > 0 ? ManagedWarmupOf(cell) : NativeWarmup;
        return cell.Case switch
        {
            CaseNames.Connections => [.. Common(cell, series)],
            CaseNames.PubSub =>
            [
                .. Common(cell, series),
                "--count", Text(Publications(cell, seconds, knownRate, cell.MaxCount)),
                "--warmup", Text(Publications(cell, warmupSeconds, knownRate, cell.MaxCount * MaxWarmupFactor)),
            ],
            _ => [.. Common(cell, series), "--seconds", Text(seconds), "--warmup-seconds", Text(warmupSeconds)],
        };
    }

    /// <summary>
    /// The command line of a short measurement that checks each message, and by whose rate the messages are counted that a case needs which
    /// cannot go by time. Null for cases in which there is nothing more to check: a client sends one message and waits for its echo.
    /// </summary>
    public static IReadOnlyList<string>? TrialArguments(Cell cell, Series series) => cell.Case switch
    {
        CaseNames.Connections or CaseNames.Handshake => null,
        CaseNames.PubSub =>
        [
            .. Common(cell, series), "--verify", "--count", Text(cell.MaxCount / TrialPart), "--warmup", Text(cell.MaxCount / TrialPart),
        ],

        // They come in any order: only by count can one see that all of them have.
        CaseNames.Fanout => [.. Common(cell, series), "--verify", "--count", Text(TrialMessages), "--warmup", "0", .. Cold(series)],
        _ => [.. Common(cell, series), "--verify", "--seconds", Text(TrialSeconds), "--warmup-seconds", "0", .. Cold(series)],
    };

    private static string[] Cold(Series series) => series.Peer.Knows(ColdOption) ? [ColdOption] : [];

    private static object GroupOf(Cell cell) =>
        cell.Case == CaseNames.Throughput && cell.Transport != Cell.Inproc ? cell.WithoutTransport : cell;

    private static IEnumerable<string> Common(Cell cell, Series series) =>
    [
        cell.Case, "--transport", cell.Transport, "--mechanism", cell.Mechanism, "--size", Text(cell.Size), .. cell.Arguments,
        .. series.Arguments,
    ];

    /// <summary>How many messages PUB sends in a time, by the deliveries that there were in a second before.</summary>
    private static int Publications(Cell cell, double seconds, double? knownRate, int most) =>
        knownRate is { } rate ? (int)Math.Clamp(rate / cell.Peers * seconds, 1, most) : cell.MaxCount / TrialPart;

    private static double ManagedWarmupOf(Cell cell) => cell.Case switch
    {
        CaseNames.Throughput or CaseNames.PubSub or CaseNames.Fanout or CaseNames.Stream => ManagedStreamWarmup,
        CaseNames.Handshake => ManagedHandshakeWarmup,
        _ => ManagedWarmup,
    };

    private static IEnumerable<Cell> Throughput(ComparisonOptions options)
    {
        var sizes = Chosen(options.Sizes, options.Quick ? [Small, Medium] : Sizes);
        return
            from way in Ways(options)
            from size in sizes
            where !options.Quick || way.Transport != Cell.Inproc || size == sizes[0]
            select NewCell(CaseNames.Throughput, way, size, options) with { Arguments = HighWaterMark(size) };
    }

    private static IEnumerable<Cell> Latency(ComparisonOptions options) =>
        from way in Ways(options)
        where !options.Quick || way.Transport == "tcp"
        from size in Chosen(options.Sizes, options.Quick ? [Small] : [Small, Medium])
        select NewCell(CaseNames.Latency, way, size, options);

    /// <summary>The cases that are measured on tcp only.</summary>
    private static IEnumerable<Cell> OnTcp(ComparisonOptions options)
    {
        var ways = Ways(options).Where(static way => way.Transport == "tcp").ToList();
        var quick = options.Quick;
        var sizes = Chosen(options.Sizes, quick ? [Small] : [Small, Medium]);
        foreach (var way in ways)
        {
            foreach (var size in sizes) yield return PubSub(way, size, FewPeers, options);
        }

        // What a peer costs shows best where a message costs least.
        foreach (var way in ways.Where(way => way.Mechanism == "null" && sizes.Contains(Small)))
        {
            if (!quick) yield return PubSub(way, Small, ManyPeers, options);
            foreach (var name in (string[])[CaseNames.Fanout, CaseNames.Stream]) yield return NewCell(name, way, Small, options) with
            {
                Peers = ManyPeers, Arguments = ["--peers", Text(ManyPeers)],
            };
        }

        foreach (var way in ways)
        {
            foreach (var size in sizes) yield return NewCell(CaseNames.Rpc, way, size, options) with { Arguments = ["--window", "100"] };
        }

        foreach (var way in ways)
        {
            foreach (var parallel in (int[])(quick ? [16] : [1, 16])) yield return NewCell(CaseNames.Handshake, way, Small, options) with
            {
                Parallel = parallel, Arguments = ["--parallel", Text(parallel)],
            };
        }

        foreach (var way in ways)
        {
            yield return NewCell(CaseNames.Connections, way, Small, options) with { Arguments = ["--clients", "1000"] };
        }
    }

    private static Cell PubSub((string Transport, string Mechanism) way, int size, int subscribers, ComparisonOptions options) =>
        NewCell(CaseNames.PubSub, way, size, options) with
        {
            Peers = subscribers, MaxCount = MaxPublications(way.Mechanism, size, subscribers), Arguments = ["--subs", Text(subscribers)],
        };

    /// <summary>Transports and mechanisms that go together: inproc has no mechanism.</summary>
    private static IEnumerable<(string Transport, string Mechanism)> Ways(ComparisonOptions options) =>
        from transport in Chosen(options.Transports, options.Quick ? QuickTransports : Transports)
        from mechanism in Chosen(options.Mechanisms, ["null", "curve"])
        where transport != Cell.Inproc || mechanism == "null"
        select (transport, mechanism);

    private static Cell NewCell(string name, (string Transport, string Mechanism) way, int size, ComparisonOptions options) => new()
    {
        Case = name, Transport = way.Transport, Mechanism = way.Mechanism, Size = size,
        Runs = options.Runs ?? (options.Quick ? 1 : name == CaseNames.Throughput ? ThroughputRuns : OtherRuns),
    };

    /// <summary>
    /// Not more than the memory of whoever is behind can hold: PUB waits for nobody. Most implementations take less than half a second for
    /// them, and get less.
    /// </summary>
    private static int MaxPublications(string mechanism, int size, int subscribers) =>
        Math.Max(TrialPart, (mechanism == "curve" ? MaxCurveOctets : MaxNullOctets) / Math.Max(size, LeastOctets) * FewPeers / subscribers);

    private static string[] HighWaterMark(int size)
    {
        var mark = Math.Clamp(MaxWaiting / Math.Max(size, 1), LeastHighWaterMark, DefaultHighWaterMark);
        return mark < DefaultHighWaterMark ? ["--hwm", Text(mark)] : [];
    }

    private static IReadOnlyList<T> Chosen<T>(IReadOnlyList<T> given, IReadOnlyList<T> otherwise) => given.Count > 0 ? given : otherwise;

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
