using System.Text.RegularExpressions;
using Xunit;
using Zmtp.Testing;

namespace Zmtp.Core.Tests;

/// <summary>No lesson of the field's security history is without a test.</summary>
public sealed partial class LessonTests
{
    private const int Count = 22;

    [Fact]
    public void LESSONS_T1ToT22_AreEachClaimedByATest()
    {
        var tests = Repository.Combine("tests");
        var claimed = Directory.EnumerateFiles(tests, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(path => Claim().Matches(File.ReadAllText(path)))
            .SelectMany(claim => Id().Matches(claim.Value))
            .Select(id => id.Value)
            .ToHashSet();

        Assert.Empty(Enumerable.Range(1, Count).Select(number => $"T{number}").Except(claimed));
        Assert.Empty(claimed.Except(Enumerable.Range(1, Count).Select(number => $"T{number}")));
    }

    [GeneratedRegex("""^\s*\[Lesson\((?:"T\d+"(?:, )?)+\)\]""", RegexOptions.Multiline)]
    private static partial Regex Claim();

    [GeneratedRegex("""T\d+""")]
    private static partial Regex Id();
}
