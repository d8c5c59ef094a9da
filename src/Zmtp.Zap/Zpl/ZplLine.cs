namespace Zmtp.Zap;

/// <summary>A line of ZPL cut into its parts, still as octets, so that a secret value need not become a string.</summary>
internal readonly ref struct ZplLine
{
    public required int Number { get; init; }

    public required int Depth { get; init; }

    public required ReadOnlySpan<byte> Name { get; init; }

    public required bool HasValue { get; init; }

    /// <summary>Without quotes; UTF-8.</summary>
    public required ReadOnlySpan<byte> Value { get; init; }

    /// <summary>From 1, in octets; where the value (without its quote) begins.</summary>
    public required int ValueColumn { get; init; }
}

internal delegate void ZplLineHandler(in ZplLine line);
