using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zmtp.Compare;

/// <summary>One line: what one series measured in one run of a cell.</summary>
internal sealed class Measurement
{
    /// <summary>The run whose figures do not count: that everything arrives is checked in it.</summary>
    public const int Trial = -1;

    /// <summary>Error texts stay readable; nobody puts these lines into HTML.</summary>
    private static readonly JsonSerializerOptions Settings = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonObject _line;

    private Measurement(Cell cell, string series, int run, JsonObject line)
    {
        (Cell, Series, Run, _line) = (cell, series, run, line);
        line["impl"] = series;
        line["run"] = run;
    }

    public Cell Cell { get; }

    public string Series { get; }

    public int Run { get; }

    public string RunName => Run == Trial ? "trial" : $"run {Run + 1}";

    /// <summary>Why there are no figures; null if there are.</summary>
    public string? Error => _line["error"]?.GetValue<string>();

    /// <summary>The line as it goes into the results.</summary>
    public string Json => _line.ToJsonString(Settings);

    /// <summary>
    /// Reads the line that a program has printed. What is no such line is an error, and so is one without a rate, or of a program that has not
    /// succeeded.
    /// </summary>
    public static Measurement Read(Cell cell, string series, int run, PeerProcess process)
    {
        var text = process.Output.Trim();
        try
        {
            if (JsonNode.Parse(text) is JsonObject line)
            {
                var measurement = new Measurement(cell, series, run, line);
                if (measurement.Error is null && measurement.Doubt(process) is { } doubt) line["error"] = doubt;
                return measurement;
            }
        }
        catch (JsonException)
        {
            // What it says on stderr tells more.
        }

        var error = process.LastError.Length > 0 ? process.LastError : $"no line; exit code {process.ExitCode}";
        var failure = new JsonObject
        {
            ["case"] = cell.Case, ["transport"] = cell.Transport, ["mechanism"] = cell.Mechanism, ["size"] = cell.Size, ["error"] = error,
        };
        return new Measurement(cell, series, run, failure);
    }

    /// <summary>A figure; null if it was not measured.</summary>
    public double? Get(Metric metric) => Error is not null ? null : metric switch
    {
        Metric.Rate => Number("msgs_per_s"),
        Metric.P50 => Number("p50_us"),
        Metric.P99 => Number("p99_us"),
        Metric.CpuPerMessage => Number("cpu_s") / Number("count") * 1e6,
        Metric.ServerKb => Number("server_kb_per_conn"),
        Metric.ClientKb => Number("client_kb_per_conn"),
        _ => null,
    };

    /// <summary>Why not to believe a line that complains of nothing; null if there is no reason.</summary>
    private string? Doubt(PeerProcess process)
    {
        if (process.ExitCode != 0) return $"a line, but exit code {process.ExitCode}{(process.LastError is "" ? "" : $": {process.LastError}")}";
        if (Number("count") is not > 0) return "nothing was counted";
        return Number("msgs_per_s") is > 0 and < double.PositiveInfinity ? null : "there is no rate";
    }

    private double? Number(string name) => _line[name] is JsonValue value && value.TryGetValue(out double number) ? number : null;
}
