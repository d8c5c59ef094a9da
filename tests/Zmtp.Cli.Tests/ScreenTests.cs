using Spectre.Console;
using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Tests;

/// <summary>What goes to terminals and what goes to files and programs.</summary>
public sealed class ScreenTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Screen_WithoutTerminalOrColour_WritesNoEscapes(bool isTerminal, bool withColour)
    {
        using var output = new StringWriter();
        SystemConsole.CreateScreen(output, isTerminal, withColour).MarkupLine("[red]failed[/] [green]ok[/]");
        Assert.Equal("failed ok", output.ToString().Trim());
    }

    [Fact]
    public void Screen_WithoutTerminal_NeverWrapsALine()
    {
        using var output = new StringWriter();
        var line = string.Join(' ', Enumerable.Repeat("word", 500));
        SystemConsole.CreateScreen(output, isTerminal: false, withColour: false).MarkupLine(line);
        Assert.Equal(line, output.ToString().Trim());
    }
}
