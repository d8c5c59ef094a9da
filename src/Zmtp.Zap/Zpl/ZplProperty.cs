namespace Zmtp.Zap;

/// <summary>One line of a ZPL text that holds a property. Immutable.</summary>
/// <param name="Depth">How deep it is nested; 0 at the left margin, one more for every 4 spaces.</param>
/// <param name="Name">The name.</param>
/// <param name="Value">The value without its quotes; null when the line has no "=".</param>
/// <param name="Line">The line, from 1.</param>
public readonly record struct ZplProperty(int Depth, string Name, string? Value, int Line);
