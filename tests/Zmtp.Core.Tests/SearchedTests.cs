using System.Text.RegularExpressions;
using Xunit;
using Zmtp.Testing;

namespace Zmtp.Core.Tests;

/// <summary>Tests make contexts and keys by way of Zmtp.Testing.Searching, so that what is logged is searched for what is secret.</summary>
public sealed partial class SearchedTests
{
    [Fact]
    public void TESTS_ContextsKeyPairsAndCertificates_AreKnownToTheSearch()
    {
        var tests = Repository.Combine("tests");
        var strays = Directory.EnumerateFiles(tests, "*.cs", SearchOption.AllDirectories)
            .Where(path => !Regex.IsMatch(Path.GetRelativePath(tests, path), @"[\\/](obj|Snippets|Searching)[\\/]|SearchedTests"))
            .Where(path => Stray().IsMatch(File.ReadAllText(path)))
            .Select(path => $"{Path.GetRelativePath(tests, path)}: use Searched.NewContext(), Searched.NewKeyPair() and Searched.NewCertificate() there.");
        Assert.Empty(strays);
    }

    [GeneratedRegex("""new ZmtpContext\(|ZmtpContext \w+ = new\(\)|\b(CurveKeyPair|Certificate)\.Generate\(\)""")]
    private static partial Regex Stray();
}
