namespace Zmtp.Perf.Cases;

/// <summary>The names of the roles on the command line.</summary>
internal static class Role
{
    public static readonly string[] All = ["push", "pull", "req", "rep", "pub", "sub", "dealer", "router"];
}
