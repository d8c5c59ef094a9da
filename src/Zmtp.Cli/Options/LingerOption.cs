using System.CommandLine;
using System.Globalization;
using Zmtp.Sockets;

namespace Zmtp.Cli.Options;

/// <summary>The option --linger, and the end of a command that sends: what was sent is to leave first.</summary>
internal sealed class LingerOption
{
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(10);

    private readonly Option<TimeSpan?> _linger = Duration.Option(
        "--linger", "How long what was sent may take to leave at the end; then what has not is dropped, with exit code 6. Default: 10 s.");

    /// <summary>Adds the option to a command.</summary>
    public LingerOption(Command command) => command.Add(_linger);

    /// <summary>How long messages that were sent may take to leave.</summary>
    public TimeSpan Read(ParseResult parsed) => parsed.GetValue(_linger) ?? Default;

    /// <summary>The same for a command that has failed or was interrupted: what was sent before gets a moment.</summary>
    public TimeSpan ReadBrief(ParseResult parsed)
    {
        var linger = Read(parsed);
        return linger < SocketOptions.Default.Linger ? linger : SocketOptions.Default.Linger;
    }

    /// <summary>What to say about messages that did not leave.</summary>
    public static string Explain(long messages) => string.Create(
        CultureInfo.InvariantCulture,
        $"{messages} messages did not leave: the peer did not take them in time, or the connection was lost. --linger gives them more time.");
}
