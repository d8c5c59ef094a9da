namespace Zmtp.Testing;

/// <summary>The working tree that the tests were built in, for tests that look at sources and documents.</summary>
public static class Repository
{
    /// <summary>Its directory: the one that holds the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path in it.</summary>
    public static string Combine(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Zmtp.sln"))) return directory;
        }

        throw new DirectoryNotFoundException($"No directory above {AppContext.BaseDirectory} holds Zmtp.sln. Run the tests where they were built.");
    }
}
