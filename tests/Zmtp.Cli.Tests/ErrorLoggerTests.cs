using Microsoft.Extensions.Logging;
using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Tests;

public sealed class ErrorLoggerTests
{
    private readonly TestConsole _console = new();

    [Fact]
    public void LOG_FileNameThatSteersATerminal_IsMadeHarmless()
    {
        new ErrorLogger(_console.Error).Log(
            LogLevel.Warning, default, "a\u001b[2J\nzmtp: all is well \u202e C:\\certs", new IOException("b\u0007"), static (text, _) => text);
        Assert.Equal("zmtp: a\\x1b[2J\\x0azmtp: all is well \\xe2\\x80\\xae C:\\certs (b\\x07)\n", _console.Errors);
    }
}
