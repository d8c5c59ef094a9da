namespace Zmtp.Perf;

/// <summary>The mechanisms' names on the command line and in the JSON lines.</summary>
internal static class MechanismNames
{
    public const string Null = "null";
    public const string Plain = "plain";
    public const string Curve = "curve";

    public static readonly string[] All = [Null, Plain, Curve];
}
