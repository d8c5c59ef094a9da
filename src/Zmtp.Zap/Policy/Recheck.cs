namespace Zmtp.Zap;

/// <summary>Whether a peer that is connected may stay: neither text is there when it may.</summary>
/// <param name="Revoked">Why it may not stay.</param>
/// <param name="Failed">Why that could not be found out.</param>
/// <param name="IsLate">Whether it could not be found out in time.</param>
/// <param name="Thrown">The type of what a store or policy threw; null where it threw nothing.</param>
internal readonly record struct Recheck(string? Revoked, string? Failed, bool IsLate, Type? Thrown = null)
{
    public static Recheck Stays => default;

    public static Recheck Ends(string reason) => new(reason, null, IsLate: false);

    public static Recheck Fails(string reason) => new(null, reason, IsLate: false);

    public static Recheck Fails(Exception error) => new(null, error.Message, IsLate: false, error.GetType());

    public static Recheck Late(string reason) => new(null, reason, IsLate: true);
}
