namespace Zmtp.Compare;

/// <summary>A figure of a line that is compared.</summary>
internal enum Metric
{
    /// <summary>Messages, round trips, deliveries or connections in a second.</summary>
    Rate,

    /// <summary>Median of the round trips, in microseconds.</summary>
    P50,

    /// <summary>99th percentile of the round trips, in microseconds.</summary>
    P99,

    /// <summary>User and system time of both processes for each message, in microseconds.</summary>
    CpuPerMessage,

    /// <summary>Resident memory of the server for each connection at rest, in KiB.</summary>
    ServerKb,

    /// <summary>Resident memory of the client for each connection at rest, in KiB.</summary>
    ClientKb,
}
