using System.CommandLine;
using Zmtp.Cli.Commands;

namespace Zmtp.Cli.Tests;

/// <summary>What the command says about itself.</summary>
public sealed class HelpTests
{
    private readonly TestConsole _console = new();

    public static TheoryData<string> CommandLines()
    {
        var lines = new TheoryData<string>();
        foreach (var (path, _) in Commands()) lines.Add(path);
        return lines;
    }

    [Theory]
    [MemberData(nameof(CommandLines))]
    public async Task Help_OfEachCommand_HasExamples(string path)
    {
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, [.. path.Split(' '), "--help"]));
        Assert.Contains("Examples:", _console.Output, StringComparison.Ordinal);
        Assert.Contains($"zmtp {path}", _console.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(CommandLines))]
    public void Examples_OfEachCommand_Parse(string path)
    {
        var command = Commands().Single(entry => entry.Path == path).Command;
        foreach (var example in command.Examples)
        {
            var start = example.IndexOf("zmtp ", StringComparison.Ordinal) + "zmtp ".Length;
            var line = example[start..].Split([" | ", " < ", " > ", " >> ", ")"], StringSplitOptions.None)[0].Replace('\'', '"');
            var parsed = CliApp.CreateRoot(_console).Parse(line);
            Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join(' ', parsed.Errors.Select(error => error.Message))}");
        }
    }

    [Fact]
    public async Task Help_OfCheck_HasEveryExitCode()
    {
        await Cli.RunAsync(_console, "check", "--help");
        foreach (var code in Enum.GetValues<ExitCode>()) Assert.Contains($"  {(int)code,3}  ", _console.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send", "each message may wait")]
    [InlineData("pub", "wait for the first subscriber")]
    [InlineData("recv", "wait for each message")]
    [InlineData("req", "wait for each reply")]
    public async Task Help_OfTimeout_SaysWhatThisCommandWaitsFor(string command, string expected)
    {
        await Cli.RunAsync(_console, command, "--help");
        var words = _console.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(expected, string.Join(' ', words), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsPrinted()
    {
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "--version"));
        Assert.Matches(@"^\d+\.\d+\.\d+", _console.Output);
    }

    [Theory]
    [InlineData]
    [InlineData("cert")]
    [InlineData("nonsense")]
    [InlineData("check")]
    [InlineData("check", "tcp://a:1", "--nonsense")]
    [InlineData("check", "tcp://a:1", "--type")]
    [InlineData("check", "tcp://a:1", "--timeout")]
    public async Task CommandLines_ThatMakeNoSense_EndWithAHint(params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, arguments));
        Assert.Contains("--help", _console.Errors, StringComparison.Ordinal);
        Assert.Empty(_console.Output);
    }

    [Theory]
    [InlineData("cert", "new", "--nmae")]
    [InlineData("cert", "show", "-x")]
    [InlineData("send", "tcp://127.0.0.1:1", "--cuont", "3", "hello")]
    [InlineData("user", "add", "users.txt", "ann", "--claer")]
    public async Task CommandLines_WithAnOptionThatThereIsNot_DoNotTakeItForAnArgument(params string[] arguments)
    {
        var option = arguments.First(argument => argument[0] == '-');
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, arguments));
        Assert.Contains(option, _console.Errors, StringComparison.Ordinal);
        Assert.All([option, option + "_secret", "users.txt"], path => Assert.False(File.Exists(path)));
    }

    [Fact]
    public async Task CommandLines_AfterTwoDashes_HoldArgumentsOnly()
    {
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "cert", "show", "--", "--nobody.txt"));
        Assert.Contains("There is no certificate --nobody.txt", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommandLines_ThatAreTooShort_NameWhatIsMissing()
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "user", "add", "users.txt"));
        Assert.Contains("<name> is missing", _console.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("<file>", _console.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completion_OfEachShell_AsksForSuggestions(string shell)
    {
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "completion", shell));
        Assert.Contains("[suggest:", _console.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("foo")]
    [InlineData("--", "foo")]
    [InlineData("--", "--no-color")]
    [InlineData("BASH")]
    [InlineData("")]
    public async Task Completion_OfAnotherShell_NamesThoseThereAre(params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, ["completion", .. arguments]));
        Assert.StartsWith(
            $"zmtp: \"{arguments[^1]}\" is not a shell that can be taught. Write bash, zsh, fish or pwsh.", _console.Errors, StringComparison.Ordinal);
        Assert.Contains("zmtp completion --help", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_OfAShellBehindTwoDashes_IsThatOne()
    {
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "completion", "--", "fish"));
        Assert.Contains("[suggest:", _console.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c", "cert check completion")]
    [InlineData("cert ", "new show verify export fingerprint")]
    [InlineData("recv tcp://x:1 --type ", "pull dealer pair")]
    [InlineData("completion ", "bash zsh fish pwsh")]
    public async Task Suggest_AtTheCursor_KnowsWhatFits(string line, string expected)
    {
        var whole = "zmtp " + line;
        await Cli.RunAsync(_console, $"[suggest:{whole.Length}]", whole);
        foreach (var word in expected.Split(' ')) Assert.Contains(word, _console.Lines.Select(found => found.Trim()));
    }

    [Fact]
    public async Task Suggest_ForASocketType_IsWhatTheCommandTakes()
    {
        const string Line = "zmtp recv tcp://x:1 --type ";
        await Cli.RunAsync(_console, $"[suggest:{Line.Length}]", Line);
        Assert.Equal(["dealer", "pair", "pull", "xpub"], _console.Lines.Select(found => found.Trim()).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Path, CliCommand Command)> Commands() => Find("", CliApp.CreateRoot(new TestConsole()));

    private static IEnumerable<(string Path, CliCommand Command)> Find(string path, Command command)
    {
        if (command is CliCommand leaf) yield return (path, leaf);
        foreach (var child in command.Subcommands)
        {
            foreach (var found in Find(path.Length == 0 ? child.Name : $"{path} {child.Name}", child)) yield return found;
        }
    }
}
