namespace Zmtp.Compare;

/// <summary>What a ratio is to be.</summary>
/// <param name="Bound">The ratio that just holds.</param>
/// <param name="IsAtLeast">Whether more is better.</param>
internal sealed record Goal(double Bound, bool IsAtLeast)
{
    public static Goal AtLeast(double bound) => new(bound, IsAtLeast: true);

    public static Goal AtMost(double bound) => new(bound, IsAtLeast: false);

    public bool Holds(double ratio) => IsAtLeast ? ratio >= Bound : ratio <= Bound;

    public override string ToString() => $"{(IsAtLeast ? "≥" : "≤")} {Format.Ratio(Bound)}";
}
