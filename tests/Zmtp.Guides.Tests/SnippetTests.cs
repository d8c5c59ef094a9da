using System.Text.RegularExpressions;
using Xunit;
using Zmtp.Testing;

namespace Zmtp.Guides.Tests;

/// <summary>
/// The code in the READMEs and the guides is code that compiles and, in the guides, runs: each block names a snippet, which stands between
/// markers in a file of this project, and says exactly what it says there. A snippet may stand there in parts, as its usings do.
/// </summary>
public sealed partial class SnippetTests
{
    [Fact]
    public void GUIDES_EveryCodeBlock_IsTheSnippetThatItNames()
    {
        var snippets = ReadSnippets();
        var used = new HashSet<string>();
        foreach (var guide in Guides())
        {
            var text = File.ReadAllText(guide);
            var blocks = Block().Matches(text);
            Assert.Equal(CodeFence().Count(text), blocks.Count);
            foreach (Match block in blocks)
            {
                var name = block.Groups["name"].Value;
                Assert.True(snippets.TryGetValue(name, out var snippet), $"{Path.GetFileName(guide)} names a snippet {name} that does not exist.");
                Assert.Equal(snippet, block.Groups["code"].Value);
                used.Add(name);
            }
        }

        Assert.Empty(snippets.Keys.Except(used));
    }

    [Fact]
    public void PACKAGES_Readmes_HaveNoLinksIntoTheRepository()
    {
        foreach (var readme in PackageReadmes())
        {
            Assert.All(Link().Matches(File.ReadAllText(readme)), link => Assert.StartsWith("https://", link.Groups["target"].Value, StringComparison.Ordinal));
        }
    }

    /// <summary>Snippets stand outside the namespace Zmtp, as a reader's code does: what they use of it is what the reader has to write.</summary>
    [Fact]
    public void GUIDES_Usings_AreAllThatTheirSnippetsUseOfZmtp()
    {
        foreach (var guide in Guides())
        {
            var blocks = Block().Matches(File.ReadAllText(guide));
            var names = blocks.Select(block => block.Groups["name"].Value).ToHashSet();
            var named = blocks.SelectMany(block => Using().Matches(block.Groups["code"].Value)).Select(match => match.Value).ToHashSet();
            foreach (var path in SnippetFiles())
            {
                var text = File.ReadAllText(path);
                if (!Snippet().Matches(text).Any(match => names.Contains(match.Groups["name"].Value))) continue;
                Assert.DoesNotContain("namespace Zmtp", text, StringComparison.Ordinal);
                Assert.Empty(Using().Matches(text).Select(match => match.Value).Except(named));
            }
        }
    }

    private static IEnumerable<string> Guides() =>
        [.. Directory.EnumerateFiles(Repository.Combine("docs", "guides"), "*.md"), Repository.Combine("README.md"), .. PackageReadmes()];

    private static string[] PackageReadmes() => [Repository.Combine("src", "README.md"), Repository.Combine("src", "Zmtp.Cli", "README.md")];

    private static IEnumerable<string> SnippetFiles() =>
        Directory.EnumerateFiles(Repository.Combine("tests", "Zmtp.Guides.Tests", "Snippets"), "*.cs");

    private static Dictionary<string, string> ReadSnippets() =>
        SnippetFiles()
            .SelectMany(path => Snippet().Matches(File.ReadAllText(path)))
            .GroupBy(match => match.Groups["name"].Value, match => Dedent(match.Groups["code"].Value))
            .ToDictionary(parts => parts.Key, parts => string.Join("\n\n", parts));

    private static string Dedent(string code)
    {
        var lines = code.TrimEnd().Split('\n');
        var indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart(' ').Length);
        return string.Join('\n', lines.Select(line => line.Length >= indent ? line[indent..] : ""));
    }

    [GeneratedRegex("""^ *// snippet: (?<name>[\w-]+)\n(?<code>.*?)^ *// end\n""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Snippet();

    [GeneratedRegex("""^<!-- snippet: (?<name>[\w-]+) -->\n```csharp\n(?<code>.*?)\n```$""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("""\]\((?<target>[^)]*)\)""")]
    private static partial Regex Link();

    /// <summary>What a reader needs: not what the tests stand on.</summary>
    [GeneratedRegex("""^using Zmtp(\.(?!Testing)\w+)*;$""", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex("""^```csharp$""", RegexOptions.Multiline)]
    private static partial Regex CodeFence();
}
