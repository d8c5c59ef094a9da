namespace Zmtp.Perf;

/// <summary>
/// How long each case runs before code has its final speed. The runtime compiles what is called often twice more, and not before nothing new
/// has been seen for 100 ms; where the case keeps all cores busy its compiler waits for one. What is measured is what a program gets after
/// that, so a case warms up for no less, whatever it is told, unless it is to show a cold start.
/// </summary>
internal static class CompilerTime
{
    /// <summary>After 0.8 s streams of 1 KiB still differed by 157 % of their median, and CURVE over ipc made two thirds of what it makes later.</summary>
    private static readonly TimeSpan Stream = TimeSpan.FromSeconds(1.5);

    /// <summary>At half of the load, so that the compiler has a core.</summary>
    private static readonly TimeSpan Publications = TimeSpan.FromSeconds(2);

    /// <summary>The compiler's thread disturbs the 99th percentile of round trips longer than their median.</summary>
    private static readonly TimeSpan RoundTrips = TimeSpan.FromSeconds(2.5);

    /// <summary>
    /// To connect and to close runs through ten times as much code as a message does, each part of it a thousand times less often: after
    /// 2.5 s the compiler still takes half of the processor, after 7 s a tenth.
    /// </summary>
    private static readonly TimeSpan Handshakes = TimeSpan.FromSeconds(8);

    /// <param name="name">A case; a role by hand does what it is told, since the other end does.</param>
    public static TimeSpan Of(string name) => name switch
    {
        "throughput" or "fanout" or "stream" => Stream,
        "pubsub" => Publications,
        "latency" or "rpc" => RoundTrips,
        "handshake" => Handshakes,
        _ => TimeSpan.Zero,
    };
}
