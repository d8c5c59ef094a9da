using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zmtp.Compare;

/// <summary>One line: what one series measured in one run of a cell.</summary>
internal sealed class Measurement
{
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

    /// <summary>Why there are no figures; null if there are.</summary>
    public string? Error => _line["error"]?.GetValue<string>();

    /// <summary>The line as it goes into the results.</summary>
    public string Json => _line.ToJsonString(Settings);

    /// <summary>Reads the line that a program has printed; what is no such line is an error.</summary>
    public static Measurement Read(Cell cell, string series, int run, PeerProcess process)
    {
        var text = process.Output.Trim();
        try
        {
            if (JsonNode.Parse(text) is JsonObject line) return new Measurement(cell, series, run, line);
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

    private double? Number(string name) => _line[name] is JsonValue value && value.TryGetValue(out double number) ? number : null;
}
