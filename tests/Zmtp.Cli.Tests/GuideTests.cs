using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;

namespace Zmtp.Cli.Tests;

/// <summary>docs/guides/cli.md keeps pace with the command.</summary>
public sealed class GuideTests
{
    private static readonly string Text = File.ReadAllText(Find());

    [Fact]
    public void Guide_HasEveryExitCodeWithItsMeaning()
    {
        Assert.Equal(Enum.GetValues<ExitCode>(), ExitCodes.All.Select(entry => entry.Code));
        Assert.All(ExitCodes.All, entry => Assert.Contains($"| {(int)entry.Code} | {entry.Meaning} |", Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Guide_HasEveryCommand()
    {
        foreach (var command in CliApp.CreateRoot(new TestConsole()).Subcommands)
        {
            Assert.Contains($"zmtp {command.Name}", Text, StringComparison.Ordinal);
            Assert.All(command.Subcommands, verb => Assert.Contains($"zmtp {command.Name} {verb.Name}", Text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Guide_HasEveryOption()
    {
        foreach (var name in CliApp.CreateRoot(new TestConsole()).Subcommands.SelectMany(OptionsOf).Distinct())
        {
            Assert.True(Regex.IsMatch(Text, $"{Regex.Escape(name)}(?![\\w-])"), $"The guide does not name {name}.");
        }
    }

    /// <summary>Those of the two sides of a proxy are the same, with a prefix, which the guide says once.</summary>
    private static IEnumerable<string> OptionsOf(Command command) =>
        command.Options
            .Where(static option => option is not HelpOption)
            .Select(static option => Regex.Replace(option.Name, "^--(frontend|backend)-(?!connect$)", "--"))
            .Concat(command.Subcommands.SelectMany(OptionsOf));

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var file = Path.Combine(directory.FullName, "docs", "guides", "cli.md");
            if (File.Exists(file)) return file;
        }

        throw new FileNotFoundException("docs/guides/cli.md is in no directory above the tests.");
    }
}
