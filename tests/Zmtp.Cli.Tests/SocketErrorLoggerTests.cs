using Zmtp.Cli.Consoles;
using Zmtp.Sockets;
using Zmtp.Sockets.Reporting;

namespace Zmtp.Cli.Tests;

/// <summary>The log of a socket in the words of the command.</summary>
public sealed class SocketErrorLoggerTests
{
    private const string Endpoint = "tcp://127.0.0.1:5555";
    private const string Remote = "tcp://203.0.113.9:48122";

    private readonly TestConsole _console = new();
    private readonly SocketReport _report;

    public SocketErrorLoggerTests() => _report = new SocketReport(new SocketErrorLogger(_console.Error), "PULL", TimeProvider.System);

    [Theory]
    [InlineData(SocketEventKind.HandshakeFailed, Remote, "Refused tcp://203.0.113.9:48122: It broke a rule.\n")]
    [InlineData(SocketEventKind.HandshakeFailed, "", "Refused tcp://127.0.0.1:5555: It broke a rule.\n")]
    [InlineData(SocketEventKind.Disconnected, Remote, "tcp://203.0.113.9:48122 was disconnected: It broke a rule.\n")]
    [InlineData(SocketEventKind.Disconnected, "", "tcp://127.0.0.1:5555 was disconnected: It broke a rule.\n")]
    [InlineData(SocketEventKind.AcceptFailed, "", "tcp://127.0.0.1:5555: It broke a rule.\n")]
    public void LOG_AFailure_IsASentence(SocketEventKind kind, string remote, string expected)
    {
        _report.Write(kind, Endpoint, remote, Error("It broke a rule."));
        Assert.Equal(expected, _console.Errors);
    }

    [Fact]
    public void LOG_TheSameAgain_IsNotSaidAgain()
    {
        for (var i = 0; i < 3; i++) _report.Write(SocketEventKind.HandshakeFailed, Endpoint, Remote, Error("It broke a rule."));
        Assert.Equal("Refused tcp://203.0.113.9:48122: It broke a rule.\n", _console.Errors);
    }

    [Fact]
    public void LOG_MoreDifferentFailuresThanAnybodyReads_NamesTheOptionThatShowsThemAndNoLevelOfALog()
    {
        for (var i = 0; i <= Repetitions.Share + 1; i++) _report.Write(SocketEventKind.HandshakeFailed, Endpoint, Remote, Error($"Rule {i}."));
        Assert.Single(
            _console.Errors.Split('\n'),
            $"tcp://203.0.113.9: more than {Repetitions.Share} different failures within a minute; --verbose shows all.");
        Assert.DoesNotContain("Debug", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void LOG_AReasonThatSteersATerminal_IsMadeHarmless()
    {
        _report.Write(SocketEventKind.HandshakeFailed, Endpoint, Remote, Error("a\u001b[2J\nRefused \u202e"));
        Assert.Matches("^[ -~]+\n$", _console.Errors);
    }

    private static ZmtpProtocolException Error(string message) => new(ProtocolError.Unspecified, message);
}
