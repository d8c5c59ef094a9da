using System.Globalization;

namespace Zmtp.Compare.Tests;

/// <summary>Lines as the programs print them.</summary>
internal static class Samples
{
    public static Cell Throughput(string transport = "tcp", int size = 16, string mechanism = "null") => new()
    {
        Case = CaseNames.Throughput, Transport = transport, Mechanism = mechanism, Size = size,
    };

    /// <summary>A series whose program has this name, too, and can do everything over tcp and ipc, or without CURVE all but that.</summary>
    public static Series Series(string name, bool hasCurve = true)
    {
        var peer = Peer.Native(name);
        var mechanisms = hasCurve ? """["null","curve"]""" : """["null"]""";
        var answer = $$"""{"version":"1","mechanisms":{{mechanisms}},"transports":["tcp","ipc"]}""";
        peer.Learn(new PeerProcess(answer, "", 0), usage: "");
        return new Series { Name = name, Peer = peer, Colour = "#111111" };
    }

    public static Measurement Line(Cell cell, string series, int run, double rate, double cpu = 1) =>
        Measurement.Read(cell, series, run, Answer(rate, cpu));

    public static Measurement Failure(Cell cell, string series, int run) =>
        Measurement.Read(cell, series, run, new PeerProcess("", Error: "lost", ExitCode: 1));

    public static PeerProcess Answer(double rate, double cpu = 1)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"impl":"x","count":1000,"msgs_per_s":{{rate}},"p50_us":{{rate}},"server_kb_per_conn":{{rate}},"cpu_s":{{cpu}}}""");
        return new PeerProcess(line, Error: "", ExitCode: 0);
    }

    public static ResultSet Results(params IEnumerable<Measurement> lines)
    {
        Measurement[] all = [.. lines];
        var results = new ResultSet([.. all.Select(static line => line.Cell).Distinct()]);
        foreach (var line in all) results.Add(line);
        return results;
    }
}
