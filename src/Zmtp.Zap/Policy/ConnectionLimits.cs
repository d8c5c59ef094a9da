namespace Zmtp.Zap;

/// <summary>How many connections one address and one user id may have at once.</summary>
/// <param name="PerAddress">Null: any number.</param>
/// <param name="PerUserId">Null: any number.</param>
internal readonly record struct ConnectionLimits(int? PerAddress, int? PerUserId);
