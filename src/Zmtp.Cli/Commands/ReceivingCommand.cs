using System.CommandLine;
using Zmtp.Cli.Messages;
using Zmtp.Cli.Options;
using Zmtp.Cli.Sockets;
using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary>What "recv" and "sub" have in common: messages that come in are shown.</summary>
internal abstract class ReceivingCommand : SocketCommand
{
    private readonly OutputOptions _output;
    private readonly Option<int?> _count = CountOption.Create("End after so many messages; more that have come by then are lost. Default: go on until interrupted.");
    private readonly Option<TimeSpan?> _timeout = Duration.Wait("--timeout", "How long to wait for each message. Default: for ever.");

    protected ReceivingCommand(string name, string description, CommandContext context)
        : base(name, description, context)
    {
        _output = new OutputOptions(this);
        Add(_count);
        Add(_timeout);
    }

    protected override SocketWork Prepare(ParseResult parsed)
    {
        var printer = new MessagePrinter(_output, parsed, Console);
        return (socket, stop, interrupt) => ReceiveAsync(socket, printer, parsed, stop, interrupt);
    }

    private async Task<ExitCode> ReceiveAsync(
        ZmtpSocket socket, MessagePrinter printer, ParseResult parsed, CancellationToken stop, CancellationToken interrupt)
    {
        var count = parsed.GetValue(_count);
        var left = count ?? long.MaxValue;
        try
        {
            for (; left > 0; left--)
            {
                using var message = await ReceiveOneAsync(socket, parsed, stop, interrupt);
                await printer.PrintAsync(message, interrupt);
            }

            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (count is null && interrupt.IsCancellationRequested)
        {
            // Without --count an interrupt is the way it ends.
            return ExitCode.Success;
        }
    }

    private async Task<Message> ReceiveOneAsync(ZmtpSocket socket, ParseResult parsed, CancellationToken stop, CancellationToken interrupt)
    {
        try
        {
            return await Deadlines.WithinAsync(
                token => SocketFactory.ReceiveAsync(socket, token), parsed.GetValue(_timeout), Console.Time, "No message came in time.", stop);
        }
        catch (OperationCanceledException) when (!interrupt.IsCancellationRequested)
        {
            // No more will come; nobody has asked to leave what is here.
            if (((IReceivingSocket)socket).TryReceive(out var rest)) return rest;
            throw;
        }
    }
}
