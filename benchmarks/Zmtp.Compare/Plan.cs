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

    private const double NativeWarmup = 0.2;

    /// <summary>
    /// How long code in .NET takes to its final speed: what Zmtp.Perf warms up for whatever it is told (CompilerTime, where the reasons are), told to all
    /// such programs alike.
    /// </summary>
    private const double ManagedStreamWarmup = 1.5;
    private const double ManagedWarmup = 2.5;
    private const double ManagedHandshakeWarmup = 8.0;

    /// <summary>
    /// Publications of the warm-up for each that is measured. In .NET about a second of them, as in streams: at 16 octets twice as many were
    /// over in 0.3 s, and what was measured then was the compiler. (Zmtp.Perf warms up by itself before that; others do not.) Larger ones take
    /// as long with fewer, and more of them might not fit into the memory of whoever is behind.
    /// </summary>
    private const int NativeWarmupFactor = 1;
    private const int ManagedWarmupFactor = 2;
    private const int ManagedWarmupFactorOfSmall = 6;

    public static readonly int[] Sizes = [Small, 100, Medium, 8192, 65536, 1 << 20];

    public static readonly string[] Transports = ["tcp", "ipc", Cell.Inproc];

    private static readonly string[] QuickTransports = ["tcp", Cell.Inproc];

    /// <summary>The rows of the tables, in their order.</summary>
    public static IReadOnlyList<Cell> Cells(ComparisonOptions options)
    {
        var cells = Throughput(options).Concat(Latency(options));
        if (Chosen(options.Transports, Transports).Contains("tcp")) cells = cells.Concat(OnTcp(options));
        return [.. cells.Where(cell => options.Cases.Count == 0 || options.Cases.Contains(cell.Case))];
    }

    /// <summary>The command line of a cell, without the program.</summary>
    public static IReadOnlyList<string> Arguments(Cell cell, Series series, double seconds)
    {
        var isManaged = series.Peer.Runtime.Length > 0;
        var warmupSeconds = isManaged ? ManagedWarmupOf(cell) : NativeWarmup;
        List<string> arguments =
        [
            cell.Case, "--transport", cell.Transport, "--mechanism", cell.Mechanism, "--size", Text(cell.Size), .. cell.Arguments,
            .. series.Arguments,
        ];
        if (cell.Count > 0)
        {
            var warmup = cell.Count * (isManaged ? ManagedPublicationsOf(cell) : NativeWarmupFactor);
            arguments.AddRange(["--count", Text(cell.Count), "--warmup", Text(warmup)]);
        }
        else if (cell.Case != CaseNames.Connections)
        {
            arguments.AddRange(["--seconds", Text(seconds), "--warmup-seconds", Text(warmupSeconds)]);
        }

        return arguments;
    }

    private static double ManagedWarmupOf(Cell cell) => cell.Case switch
    {
        CaseNames.Throughput => ManagedStreamWarmup,
        CaseNames.Handshake => ManagedHandshakeWarmup,
        _ => ManagedWarmup,
    };

    private static int ManagedPublicationsOf(Cell cell) => cell.Size <= Small ? ManagedWarmupFactorOfSmall : ManagedWarmupFactor;

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
            foreach (var size in sizes) yield return NewCell(CaseNames.PubSub, way, size, options) with
            {
                Count = Publications(way.Mechanism, size), Arguments = ["--subs", "4"],
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

    /// <summary>Enough for a few tenths of a second, and not more than the memory of whoever is behind can hold.</summary>
    private static int Publications(string mechanism, int size) =>
        Math.Min(mechanism == "curve" ? 150_000 : 500_000, (mechanism == "curve" ? 50 : 150) * 1024 * 1024 / Math.Max(size, 1));

    private static string[] HighWaterMark(int size)
    {
        var mark = Math.Clamp(MaxWaiting / Math.Max(size, 1), LeastHighWaterMark, DefaultHighWaterMark);
        return mark < DefaultHighWaterMark ? ["--hwm", Text(mark)] : [];
    }

    private static IReadOnlyList<T> Chosen<T>(IReadOnlyList<T> given, IReadOnlyList<T> otherwise) => given.Count > 0 ? given : otherwise;

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
