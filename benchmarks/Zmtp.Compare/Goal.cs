namespace Zmtp.Compare;

/// <summary>What a ratio is to be.</summary>
/// <param name="Bound">The ratio that just holds.</param>
/// <param name="IsAtLeast">Whether more is better.</param>
internal sealed record Goal(double Bound, bool IsAtLeast)
{
    public static Goal AtLeast(double bound) => new(bound, IsAtLeast: true);

    public static Goal AtMost(double bound) => new(bound, IsAtLeast: false);

    /// <summary>Whether a ratio is as wanted, by the digits that are printed: no more of them mean anything.</summary>
    public bool Holds(double ratio)
    {
        const int digits = 2;
        var (rounded, bound) = (Math.Round(ratio, digits), Math.Round(Bound, digits));
        return IsAtLeast ? rounded >= bound : rounded <= bound;
    }

    public override string ToString() => $"{(IsAtLeast ? "≥" : "≤")} {Format.Ratio(Bound)}";
}
