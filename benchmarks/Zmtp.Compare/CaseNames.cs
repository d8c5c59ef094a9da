namespace Zmtp.Compare;

/// <summary>The cases of the programs that are compared; benchmarks/README.md says what they measure.</summary>
internal static class CaseNames
{
    public const string Throughput = "throughput";
    public const string Latency = "latency";
    public const string PubSub = "pubsub";
    public const string Fanout = "fanout";
    public const string Stream = "stream";
    public const string Rpc = "rpc";
    public const string Handshake = "handshake";
    public const string Connections = "connections";

    public static readonly string[] All = [Throughput, Latency, PubSub, Fanout, Stream, Rpc, Handshake, Connections];
}
