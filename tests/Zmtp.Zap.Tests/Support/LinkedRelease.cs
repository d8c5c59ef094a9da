namespace Zmtp.Zap.Tests;

/// <summary>
/// How programs are put in place that keep their files over many releases: what is shared is linked into each release, and the release that
/// runs is a link. The way back in the one link begins where the other leads to.
/// </summary>
internal static class LinkedRelease
{
    /// <summary>Makes "app/current/NAME", which is "app/shared/NAME", and a directory "shared" where a wrong way back would lead to.</summary>
    public static void Lay(TemporaryDirectory directory, string name)
    {
        Directory.CreateDirectory(directory["app/releases/5"]);
        Directory.CreateDirectory(directory["app/shared"]);
        Directory.CreateDirectory(directory["shared"]);
        Directory.CreateSymbolicLink(directory["app/current"], "releases/5");
        File.CreateSymbolicLink(directory[$"app/releases/5/{name}"], $"../../shared/{name}");
    }
}
