using System.CommandLine;
using Zmtp.Cli.Messages;
using Zmtp.Cli.Options;
using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp rep</c></summary>
internal sealed class RepCommand : SocketCommand
{
    private readonly OutputOptions _output;
    private readonly LingerOption _linger;
    private readonly Option<string[]> _reply = new("--reply")
    {
        Description = "A frame of the reply that every request gets. May be repeated. Without it requests come back as they are.",
        HelpName = "frame",
        DefaultValueFactory = static _ => [],
    };

    private readonly Option<int?> _count = CountOption.Create("End after so many requests. Default: go on until interrupted.");

    public RepCommand(CommandContext context)
        : base("rep", "Reply to requests: echo them, or give a fixed reply. Shows the requests.", context)
    {
        _output = new OutputOptions(this);
        Add(_reply);
        Add(_count);
        _linger = new LingerOption(this);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp rep --bind 'tcp://*:5555'",
        "zmtp rep --bind 'tcp://*:5555' --reply ok --count 1",
        "zmtp rep --bind 'tcp://*:5555' --cert server.txt --certs clients --json",
    ];

    protected override SocketType SocketTypeOf(ParseResult parsed) => SocketType.Rep;

    protected override SocketWork Prepare(ParseResult parsed)
    {
        var printer = new MessagePrinter(_output, parsed, Console);
        var reply = parsed.GetValue(_reply) ?? [];
        return (socket, stop, interrupt) => ReplyAsync((RepSocket)socket, printer, reply, parsed, stop, interrupt);
    }

    private async Task<ExitCode> ReplyAsync(
        RepSocket socket, MessagePrinter printer, string[] reply, ParseResult parsed, CancellationToken stop, CancellationToken interrupt)
    {
        var count = parsed.GetValue(_count);
        try
        {
            for (var received = 0; count is null || received < count; received++)
            {
                var request = await socket.ReceiveAsync(stop);
                await printer.PrintAsync(request, interrupt);
                if (reply.Length > 0)
                {
                    request.Dispose();
                    await socket.SendAsync(Message.Of(reply), stop);
                }
                else
                {
                    await socket.SendAsync(request, stop);
                }
            }

            if (await socket.CloseAsync(_linger.Read(parsed), stop) is > 0 and var late)
            {
                stop.ThrowIfCancellationRequested();
                throw new CliException(ExitCode.Timeout, LingerOption.Explain(late));
            }

            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (count is null && interrupt.IsCancellationRequested)
        {
            return ExitCode.Success;
        }
    }
}
