using System.CommandLine;
using System.Globalization;
using Zmtp.Cli.Json;
using Zmtp.Cli.Messages;
using Zmtp.Cli.Options;
using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary>What "send" and "pub" have in common: messages from arguments, files or standard input go out.</summary>
internal abstract class SendingCommand : SocketCommand
{
    // What is queued has this long to leave when --timeout does not say otherwise; connections that are up need none of it.
    private static readonly TimeSpan DefaultLinger = TimeSpan.FromSeconds(10);

    private readonly InputOptions _input;
    private readonly Option<TimeSpan?> _timeout = Duration.Option(
        "--timeout", "How long a message may wait for a peer that takes it. Default: for ever.");
    private readonly Option<bool> _json = new("--json") { Description = "Say at the end what was sent, as a JSON object." };

    protected SendingCommand(string name, string description, CommandContext context)
        : base(name, description, context)
    {
        _input = new InputOptions(this);
        Add(_timeout);
        Add(_json);
    }

    protected override SocketWork Prepare(ParseResult parsed)
    {
        var source = new MessageSource(_input, parsed, Console);
        return (socket, stop, _) => SendAllAsync((SendingSocket)socket, source, parsed, stop);
    }

    protected override SocketOptions Adjust(SocketOptions options, ParseResult parsed) =>
        options with { Linger = parsed.GetValue(_timeout) ?? DefaultLinger };

    /// <summary>Waits until sending makes sense.</summary>
    protected virtual Task BeforeSendingAsync(SendingSocket socket, ParseResult parsed, CancellationToken stop) => Task.CompletedTask;

    /// <summary>How long a message may wait; null for ever.</summary>
    protected TimeSpan? TimeoutOf(ParseResult parsed) => parsed.GetValue(_timeout);

    private async Task<ExitCode> SendAllAsync(SendingSocket socket, MessageSource source, ParseResult parsed, CancellationToken stop)
    {
        await BeforeSendingAsync(socket, parsed, stop);
        long messages = 0;
        long octets = 0;
        await foreach (var message in source.ReadAsync(stop))
        {
            var length = message.Length;
            await Deadlines.WithinAsync(
                async token =>
                {
                    await socket.SendAsync(message, token);
                    return true;
                },
                parsed.GetValue(_timeout),
                Console.Time,
                string.Create(CultureInfo.InvariantCulture, $"No peer took the message in time; {messages} were sent before it."),
                stop);
            messages++;
            octets += length;
        }

        if (parsed.GetValue(_json)) await Console.OutText.WriteLineAsync(CliJson.Line(new SentJson(messages, octets), CliJson.Plain.SentJson));
        return ExitCode.Success;
    }
}
