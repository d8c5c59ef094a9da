namespace Zmtp.Compare;

/// <summary>One row of a table: what every series measures once in a run.</summary>
internal sealed record Cell
{
    public const string Tcp = "tcp";
    public const string Ipc = "ipc";
    public const string Inproc = "inproc";

    public required string Case { get; init; }

    public required string Transport { get; init; }

    public required string Mechanism { get; init; }

    /// <summary>Octets of the body.</summary>
    public required int Size { get; init; }

    /// <summary>Of handshakes: how many at once.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>How many peers one sender serves, where it has more than one.</summary>
    public int Peers { get; init; } = 1;

    /// <summary>The most messages that may wait, and be measured, in cases that cannot go by time; 0 for the others.</summary>
    public int MaxCount { get; init; }

    /// <summary>What the command line needs beside the properties above.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public int Runs { get; init; } = 1;

    public string Name =>
        $"{Case} {Transport} {Mechanism} {Format.Size(Size)}{(Peers > 1 ? $" to {Peers}" : "")}{(Parallel > 1 ? $" {Parallel} at once" : "")}";

    /// <summary>Equal for cells that only differ in their transport.</summary>
    public (string, string, int, int, int) WithoutTransport => (Case, Mechanism, Size, Peers, Parallel);
}
