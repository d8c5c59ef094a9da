using System.Globalization;

namespace Zmtp.Compare;

/// <summary>What was measured, when, where, for how long and how often, in some sentences above the tables.</summary>
internal static class Description
{
    public static string Of(
        ComparisonOptions options, IReadOnlyList<Cell> cells, IReadOnlyList<Series> series, DateTime begin, TimeSpan time, ForeignLoad load)
    {
        var peers = series.Select(static one => one.Peer).Distinct().Select(peer =>
        {
            // After the plus sign stands the revision, which is not worth its length here.
            var version = peer.Version.Split('+')[0];
            var name = series.First(one => one.Peer == peer).Name;
            return peer.Runtime.Length > 0 ? $"{name} {version} on {peer.Runtime}" : $"{name} {version}";
        });
        var given = options.CommandLine.Length > 0 ? $"`{options.CommandLine}`" : "no options";
        var kind = options.Quick
            ? " **This was `--quick`: one short run of few cells, which shows that it works and gives no figures to trust.**"
            : "";

        // As many are sent as that takes, or as fit into memory.
        var publications = cells.Any(static cell => cell.Case == CaseNames.PubSub) ? ", publications at most" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{begin:yyyy-MM-dd}, {time.TotalMinutes:0} min, {given}: {Runs(cells)}, {options.Seconds} s each{publications}. {Machine.Describe()}. ") +
            $"{string.Join("; ", peers)}.{kind}{load.Describe()}";
    }

    private static string Runs(IReadOnlyList<Cell> cells)
    {
        var ofStreams = cells.Where(static cell => cell.Case == CaseNames.Throughput).Select(static cell => cell.Runs).FirstOrDefault();
        var ofOthers = cells.Where(static cell => cell.Case != CaseNames.Throughput).Select(static cell => cell.Runs).FirstOrDefault();
        return ofStreams == 0 || ofOthers == 0 || ofStreams == ofOthers
            ? Count(Math.Max(ofStreams, ofOthers)) + " of each cell"
            : $"{Count(ofStreams)} of throughput and {ofOthers} of the rest";
    }

    private static string Count(int runs) => runs == 1 ? "1 run" : $"{runs} runs";
}
