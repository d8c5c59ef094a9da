using System.Text.RegularExpressions;
using Xunit;

namespace Zmtp.Core.Tests;

/// <summary>Tests make contexts and keys by way of Zmtp.Testing.Searching, so that what is logged is searched for what is secret.</summary>
public sealed partial class SearchedTests
{
    [Fact]
    public void TESTS_ContextsAndKeyPairs_AreKnownToTheSearch()
    {
        var tests = Path.Combine(Repository(), "tests");
        var strays = Directory.EnumerateFiles(tests, "*.cs", SearchOption.AllDirectories)
            .Where(path => !Regex.IsMatch(Path.GetRelativePath(tests, path), @"[\\/](obj|Snippets|Searching)[\\/]|SearchedTests"))
            .Where(path => Stray().IsMatch(File.ReadAllText(path)))
            .Select(path => $"{Path.GetRelativePath(tests, path)}: use Searched.NewContext() and Searched.NewKeyPair() there.");
        Assert.Empty(strays);
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Zmtp.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }

    [GeneratedRegex("""new ZmtpContext\(|ZmtpContext \w+ = new\(\)|CurveKeyPair\.Generate\(\)""")]
    private static partial Regex Stray();
}
