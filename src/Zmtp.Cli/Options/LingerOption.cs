using System.CommandLine;
using System.Globalization;
using Zmtp.Sockets;

namespace Zmtp.Cli.Options;

/// <summary>The option --linger, and the end of a command that sends: what was sent is to leave first.</summary>
internal sealed class LingerOption
{
    private readonly TimeSpan _default;
    private readonly Option<TimeSpan?> _linger;

    /// <summary>Adds the option to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="endsByInterrupt">
    /// Whether the command ends by an interrupt: a user that interrupts does not want to wait long, unless told how long.
    /// </param>
    public LingerOption(Command command, bool endsByInterrupt = false)
    {
        _default = endsByInterrupt ? SocketOptions.Default.Linger : TimeSpan.FromSeconds(10);
        _linger = Duration.Option("--linger", string.Create(
            CultureInfo.InvariantCulture,
            $"How long what was sent may take to leave at the end; then what has not is dropped, with exit code 6. Default: {_default.TotalSeconds} s."));
        command.Add(_linger);
    }

    /// <summary>How long messages that were sent may take to leave.</summary>
    public TimeSpan Read(ParseResult parsed) => parsed.GetValue(_linger) ?? _default;

    /// <summary>The same for a command that has failed or was interrupted: what was sent before gets a moment.</summary>
    public TimeSpan ReadBrief(ParseResult parsed)
    {
        var linger = Read(parsed);
        return linger < SocketOptions.Default.Linger ? linger : SocketOptions.Default.Linger;
    }

    /// <summary>What to say about messages that did not leave.</summary>
    /// <param name="late">How many had not when the linger was over.</param>
    public static string Explain(long late) => Explain(late, late, isWhole: true);

    /// <summary>What to say about messages that did not leave, some of which were lost before the linger was over.</summary>
    /// <param name="lost">How many, all together.</param>
    /// <param name="late">How many of them had not when the linger was over.</param>
    /// <param name="isWhole">Whether they had the whole linger: a command that has failed or was interrupted gives less, however long that is.</param>
    public static string Explain(long lost, long late, bool isWhole)
    {
        var hint = isWhole ? " --linger gives more time." : "";
        var why = (lost > late, late > 0) switch
        {
            (true, false) => "the connection was lost. The other end may say why.",
            (false, _) => $"the peer did not take them in time.{hint}",
            (true, true) => $"the peer did not take {Text(late)} in time, and the connection with the others was lost.{hint}",
        };
        return $"{Text(lost)} messages did not leave: {why}";
    }

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);
}
