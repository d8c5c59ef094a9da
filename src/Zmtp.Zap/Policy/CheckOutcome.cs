namespace Zmtp.Zap;

/// <summary>What became of a check.</summary>
/// <param name="Value">Its result, when it came in time.</param>
/// <param name="NotNow">Null, or why there is no result: a sentence to answer 300 with.</param>
internal readonly record struct CheckOutcome<T>(T? Value, string? NotNow);
