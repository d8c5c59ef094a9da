namespace Zmtp.Guides.Tests;

/// <summary>The repository that the tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Guides => Path.Combine(Root, "docs", "guides");

    public static string Snippets => Path.Combine(Root, "tests", "Zmtp.Guides.Tests", "Snippets");

    private static string Find()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Zmtp.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
