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
    private readonly InputOptions _input;
    private readonly LingerOption _linger;
    private readonly Option<TimeSpan?> _timeout;
    private readonly Option<bool> _json = new("--json") { Description = "Say at the end what was sent, as a JSON object." };

    /// <param name="name">The command's name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="timeout">What --timeout is about.</param>
    /// <param name="context">What commands share.</param>
    protected SendingCommand(string name, string description, string timeout, CommandContext context)
        : base(name, description, context)
    {
        _timeout = Duration.Wait("--timeout", timeout);
        _input = new InputOptions(this);
        Add(_timeout);
        _linger = new LingerOption(this);
        Add(_json);
    }

    protected override SocketWork Prepare(ParseResult parsed)
    {
        var source = new MessageSource(_input, parsed, Console);
        return (socket, stop, _) => SendAllAsync((SendingSocket)socket, source, parsed, stop);
    }

    /// <summary>Waits until sending makes sense.</summary>
    protected virtual Task BeforeSendingAsync(SendingSocket socket, ParseResult parsed, CancellationToken stop) => Task.CompletedTask;

    /// <summary>What --timeout was given; null for ever.</summary>
    protected TimeSpan? TimeoutOf(ParseResult parsed) => parsed.GetValue(_timeout);

    /// <summary>How many messages are lost, of those that the socket took.</summary>
    /// <param name="socket">The socket, which is closed.</param>
    /// <param name="late">How many had not left when the linger was over.</param>
    protected virtual long LostOf(SendingSocket socket, long late) => socket.UnsentCount;

    private async Task<ExitCode> SendAllAsync(SendingSocket socket, MessageSource source, ParseResult parsed, CancellationToken stop)
    {
        await BeforeSendingAsync(socket, parsed, stop);
        SentJson sent;
        try
        {
            sent = await SendEachAsync(socket, source, parsed, stop);
        }
        catch
        {
            await CloseAsync(socket, _linger.ReadBrief(parsed), isWhole: false, CancellationToken.None);
            throw;
        }

        sent = sent with { Dropped = await CloseAsync(socket, _linger.Read(parsed), isWhole: true, stop) };
        if (parsed.GetValue(_json)) await Console.OutText.WriteLineAsync(CliJson.Line(sent, CliJson.Plain.SentJson));
        if (sent.Dropped == 0) return ExitCode.Success;
        stop.ThrowIfCancellationRequested();
        return ExitCode.Timeout;
    }

    private async Task<SentJson> SendEachAsync(SendingSocket socket, MessageSource source, ParseResult parsed, CancellationToken stop)
    {
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

        return new SentJson(messages, octets, Dropped: 0);
    }

    /// <summary>Closes the socket, and tells what is lost.</summary>
    private async Task<long> CloseAsync(SendingSocket socket, TimeSpan linger, bool isWhole, CancellationToken stop)
    {
        var late = await socket.CloseAsync(linger, stop);
        var lost = LostOf(socket, late);
        if (lost > 0) await Console.Error.WriteLineAsync($"zmtp: {LingerOption.Explain(lost, late, isWhole && !stop.IsCancellationRequested)}");
        return lost;
    }
}
