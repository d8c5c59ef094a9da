using System.CommandLine;
using Zmtp.Cli.Options;
using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp pub</c></summary>
internal sealed class PubCommand : SendingCommand
{
    private const string NobodyCame = "No subscriber came in time; nothing was published.";

    private static readonly TimeSpan DefaultDelay = TimeSpan.FromMilliseconds(200);

    private readonly Option<TimeSpan?> _delay = Duration.Option(
        "--delay", "How long to wait after the first subscriber is there, for its subscriptions to come. Default: 200 ms.");

    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Begin at once; what nobody has subscribed to yet goes nowhere." };

    public PubCommand(CommandContext context)
        : base(
            "pub",
            "Publish messages. Begins when the first subscriber is there.",
            "How long to wait for the first subscriber. Default: for ever.",
            context)
    {
        Add(_delay);
        Add(_noWait);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp pub --bind 'tcp://*:5556' \"weather sunny\"",
        "tail -f app.log | zmtp pub --bind 'tcp://*:5556' --no-wait",
        "zmtp pub tcp://localhost:5557 --part weather --part sunny --count 10 --interval 1s",
        "zmtp pub --bind 'tcp://*:5556' --cert server.txt --certs clients --delimiter '\\t' < events.tsv",
    ];

    protected override SocketType SocketTypeOf(ParseResult parsed) => SocketType.Pub;

    // A subscriber that leaves misses what was on its way to it, as one that was never there.
    protected override long LostOf(SendingSocket socket, long late) => late;

    protected override SocketWork Prepare(ParseResult parsed)
    {
        if (!parsed.GetValue(_noWait) || (parsed.GetValue(_delay) ?? TimeoutOf(parsed)) is null) return base.Prepare(parsed);
        throw CliException.Usage($"{_noWait.Name} waits for nobody; {_delay.Name} and --timeout say how long to wait.");
    }

    protected override async Task BeforeSendingAsync(SendingSocket socket, ParseResult parsed, CancellationToken stop)
    {
        if (parsed.GetValue(_noWait)) return;
        try
        {
            await socket.WaitForPeerAsync(TimeoutOf(parsed) ?? Timeout.InfiniteTimeSpan, stop);
        }
        catch (TimeoutException error)
        {
            throw new CliException(ExitCode.Timeout, NobodyCame, error);
        }
        catch (ZmtpException error) when (socket.BoundEndpoints.Count > 0)
        {
            // A peer that could not come in, a scanner perhaps, says nothing about the expected subscribers.
            throw new CliException(ExitCode.Timeout, $"{NobodyCame} One that tried: {error.Message}", error);
        }

        // Nothing on the wire says that a subscriber has sent all its subscriptions.
        await Task.Delay(parsed.GetValue(_delay) ?? DefaultDelay, Console.Time, stop);
    }
}
