using System.CommandLine;
using Zmtp.Cli.Messages;
using Zmtp.Cli.Options;
using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp req</c></summary>
internal sealed class ReqCommand : SocketCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    private readonly InputOptions _input;
    private readonly OutputOptions _output;
    private readonly Option<TimeSpan?> _timeout = Duration.Wait("--timeout", "How long to wait for each reply. Default: 30 s.");

    public ReqCommand(CommandContext context)
        : base("req", "Send requests, one after another, and show the replies.", context)
    {
        _input = new InputOptions(this, areShown: true);
        _output = new OutputOptions(this, _input);
        Add(_timeout);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp req tcp://localhost:5555 ping",
        "zmtp req tcp://localhost:5555 --part get --part key --timeout 2s --json",
        "zmtp req tcp://server:5555 --plain-user ann < requests.txt",
    ];

    protected override SocketType SocketTypeOf(ParseResult parsed) => SocketType.Req;

    protected override SocketWork Prepare(ParseResult parsed)
    {
        var source = new MessageSource(_input, parsed, Console);
        var printer = new MessagePrinter(_output, parsed, Console);
        var timeout = parsed.GetValue(_timeout) ?? DefaultTimeout;
        return (socket, stop, interrupt) => AskAsync((ReqSocket)socket, source, printer, timeout, stop, interrupt);
    }

    private async Task<ExitCode> AskAsync(
        ReqSocket socket, MessageSource source, MessagePrinter printer, TimeSpan timeout, CancellationToken stop, CancellationToken interrupt)
    {
        await foreach (var request in source.ReadAsync(stop))
        {
            using var reply = await Deadlines.WithinAsync(
                async token =>
                {
                    await socket.SendAsync(request, token);
                    return await socket.ReceiveAsync(token);
                },
                timeout,
                Console.Time,
                "No reply came in time.",
                stop);
            await printer.PrintAsync(reply, interrupt);
        }

        return ExitCode.Success;
    }
}
