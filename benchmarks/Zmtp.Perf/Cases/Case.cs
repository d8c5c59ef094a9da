namespace Zmtp.Perf.Cases;

/// <summary>A measurement of two halves: which role each of them has.</summary>
internal sealed record Case
{
    private static readonly Case[] All =
    [
        new() { Name = "throughput", Measurer = "pull", Other = "push", Binder = "pull", Sender = "push" },
        new() { Name = "latency", Measurer = "req", Other = "rep", Binder = "rep", Sender = "req" },
        new() { Name = "pubsub", Measurer = "sub", Other = "pub", Binder = "pub", Sender = "pub" },
        new() { Name = "fanout", Measurer = "pull", Other = "push", Binder = "pull", Sender = "push" },
        new() { Name = "stream", Measurer = "dealer", Other = "router", Binder = "router", Sender = "router", Mode = "stream" },
        new() { Name = "rpc", Measurer = "dealer", Other = "router", Binder = "router", Sender = "dealer" },
        new() { Name = "handshake", Measurer = "dealer", Other = "router", Binder = "router", Sender = "dealer", Mode = "handshake" },
        new() { Name = "connections", Measurer = "dealer", Other = "router", Binder = "router", Sender = "dealer", Mode = "connections" },
    ];

    public required string Name { get; init; }

    /// <summary>The role whose figures are the case's.</summary>
    public required string Measurer { get; init; }

    public required string Other { get; init; }

    public required string Binder { get; init; }

    /// <summary>The role that --role sender stands for; --role receiver is the one that is left.</summary>
    public required string Sender { get; init; }

    /// <summary>What dealers do in this case, and the router.</summary>
    public string Mode { get; init; } = "rpc";

    public string Receiver => Sender == Measurer ? Other : Measurer;

    public static Case? Find(string name) => Array.Find(All, definition => definition.Name == name);
}
