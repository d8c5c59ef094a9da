using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Zmtp.Perf;

/// <summary>What is printed on stdout: JSON objects, one a line.</summary>
internal static class JsonLine
{
    /// <summary>Error texts stay readable; nobody puts these lines into HTML.</summary>
    private static readonly JsonWriterOptions Settings = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Print(Options options, Outcome outcome) => Print(json =>
    {
        var seconds = outcome.Error is null ? outcome.Seconds : double.NaN;
        var rate = seconds > 0 ? outcome.Count / seconds : double.NaN;
        json.WriteString("impl", options.Implementation);
        json.WriteString("case", options.Name);
        json.WriteString("transport", options.TransportName);
        json.WriteString("mechanism", options.Mechanism);
        json.WriteNumber("size", options.Size);
        json.WriteNumber("count", outcome.Count);
        Number(json, "seconds", seconds, 6);
        Number(json, "msgs_per_s", rate, 1);
        Number(json, "MB_per_s", rate * options.Size / 1e6, 3);
        Number(json, "p50_us", outcome.P50Microseconds, 2);
        Number(json, "p99_us", outcome.P99Microseconds, 2);
        json.WriteNumber("rss_kb", outcome.PeakKb);
        Number(json, "cpu_s", outcome.CpuSeconds, 4);
        if (!double.IsNaN(outcome.ServerKbPerConnection) || !double.IsNaN(outcome.ClientKbPerConnection))
        {
            Number(json, "server_kb_per_conn", outcome.ServerKbPerConnection, 2);
            Number(json, "client_kb_per_conn", outcome.ClientKbPerConnection, 2);
            Number(json, "heap_kb_per_conn", outcome.HeapKbPerConnection, 2);
        }

        if (options.Subscribers > 0) json.WriteNumber("subs", options.Subscribers);
        if (options.Peers > 1) json.WriteNumber("peers", options.Peers);
        if (options.Parallel > 1) json.WriteNumber("parallel", options.Parallel);
        Number(json, "warmup_s", outcome.WarmupSeconds, 3);
        if (outcome.Error is not null) json.WriteString("error", outcome.Error);
    });

    public static void PrintInfo() => Print(json =>
    {
        json.WriteString("impl", Library.Name);
        json.WriteString("version", Library.Version);
        json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        Strings(json, "mechanisms", Library.Mechanisms);
        Strings(json, "transports", Library.Transports);
    });

    public static void PrintNewKeys() => Print(json =>
    {
        var (publicKey, secretKey) = Library.NewKeys();
        json.WriteString("publickey", publicKey);
        json.WriteString("secretkey", secretKey);
    });

    private static void Print(Action<Utf8JsonWriter> members)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line, Settings))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        Console.Out.WriteLine(Encoding.UTF8.GetString(line.WrittenSpan));
        Console.Out.Flush();
    }

    private static void Number(Utf8JsonWriter json, string name, double value, int digits)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, Math.Round(value, digits));
        else json.WriteNull(name);
    }

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
