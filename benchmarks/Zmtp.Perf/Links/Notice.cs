namespace Zmtp.Perf.Links;

/// <summary>What one half of a case has to tell the other beside the sockets.</summary>
internal enum Notice
{
    /// <summary>The endpoint that one half has bound.</summary>
    Ready,

    /// <summary>Every subscriber has received something.</summary>
    Subscribed,

    /// <summary>Every subscriber has all of the warm-up.</summary>
    Warm,

    /// <summary>The server has given back what it does not need, before the connections that count.</summary>
    Settled,

    /// <summary>The growth of the server's memory, in KiB for each connection.</summary>
    ServerKb,

    /// <summary>A half has failed; why.</summary>
    Failed,
}
