using System.CommandLine;
using Spectre.Console;
using Zmtp.Cli.Consoles;
using Zmtp.Cli.Json;
using Zmtp.Cli.Messages;
using Zmtp.Cli.Options;
using Zmtp.Cli.Sockets;
using Zmtp.Sockets;
using Link = Zmtp.Cli.Sockets.Link;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp auth</c></summary>
internal sealed class AuthCommand : CliCommand
{
    private static readonly TimeSpan ToldWithin = TimeSpan.FromSeconds(1);

    private readonly EndpointOptions _endpoint;
    private readonly SecurityOptions _security;
    private readonly Option<SocketType?> _type = SocketTypeOption.Create(
        "The type of the socket that listens; what it receives is thrown away.",
        SocketType.Router,
        SocketType.Router, SocketType.Dealer, SocketType.Pull, SocketType.Push, SocketType.Pub, SocketType.Sub, SocketType.XPub, SocketType.XSub,
        SocketType.Pair);

    private readonly Option<int?> _count = CountOption.Create("End after so many decisions. Default: go on until interrupted.");
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object for each decision." };

    public AuthCommand(CommandContext context)
        : base("auth", "Listen with an authenticator and show its decisions as they are made: who, how, verdict, reason.", context)
    {
        _endpoint = new EndpointOptions(this, bindsAlways: true);
        _security = new SecurityOptions(this, serverOnly: true);
        Add(_type);
        Add(_count);
        Add(_json);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp auth 'tcp://*:5555' --cert server.txt --certs clients",
        "zmtp auth 'tcp://*:5555' --passwords users.txt --json",
        "zmtp auth 'tcp://*:5555' --allow 10.0.0.0/8 --deny 10.0.0.13",
        "zmtp auth 'tcp://*:5555' --cert server.txt --allow-any --type pull",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var count = parsed.GetValue(_count);
        var type = parsed.GetValue(_type)!.Value;
        var setup = await new SecurityReader(_security, parsed, Console).ReadAsync(alwaysAuthenticate: true, interrupt);
        var watch = new AuthenticatorWatch(setup.Authenticator!, Console.Time);
        using var told = new SemaphoreSlim(0);
        await using var link = new Link(
            (context, options) => SocketFactory.Create(type, context, options),
            setup,
            SocketOptions.Default,
            watch,
            Console,
            parsed.GetValue(_endpoint.Verbose));
        link.Socket.Event += (_, happened) =>
        {
            if (happened.Kind is SocketEventKind.HandshakeSucceeded or SocketEventKind.HandshakeFailed) told.Release();
        };
        await link.OpenAsync(_endpoint, parsed, interrupt);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        var draining = DrainAsync(link.Socket, stop.Token);
        try
        {
            await ShowAsync(watch, count, parsed, interrupt);

            // A decision is shown when it is made, and has still to reach its peer.
            for (var left = count; left > 0 && await told.WaitAsync(ToldWithin, interrupt); left--) continue;
        }
        catch (OperationCanceledException) when (count is null && interrupt.IsCancellationRequested)
        {
            // The way it ends.
        }
        finally
        {
            await stop.CancelAsync();
            await draining;
        }

        return ExitCode.Success;
    }

    private async Task ShowAsync(AuthenticatorWatch watch, int? count, ParseResult parsed, CancellationToken interrupt)
    {
        var screen = Context.Screen(parsed);
        var shown = 0;
        await foreach (var decision in watch.Decisions.ReadAllAsync(interrupt))
        {
            await ShowAsync(decision, screen, parsed.GetValue(_json), interrupt);
            if (++shown == count) return;

            // Those that are there already are given out without a look at it, and there may be more of them again and again.
            interrupt.ThrowIfCancellationRequested();
        }
    }

    private async Task ShowAsync(Decision decision, IAnsiConsole screen, bool isJson, CancellationToken interrupt)
    {
        // On a thread that can be left behind: writers of text wait, whatever they are called, while nobody reads the output.
        var writing = Task.Run(
            () =>
            {
                if (isJson) Console.OutText.WriteLine(CliJson.Line(decision.ToJson(), CliJson.Plain.DecisionJson));
                else Show(decision, screen);
                Console.OutText.Flush();
            },
            CancellationToken.None);
        if (await LastWrite.EndsAsync(writing, Console.Time, interrupt)) return;
        throw new CliException(ExitCode.Interrupted, "Interrupted. The last decision was made, and may not have been shown.");
    }

    private static void Show(Decision decision, IAnsiConsole screen)
    {
        var who = decision.User is null ? decision.PublicKey?.ToString() ?? "-" : Printable.Text(decision.User);
        var from = decision.Address.Length == 0 ? "local" : Printable.Text(decision.Address);
        var colour = decision.Status == 200 ? "green" : "red";
        screen.MarkupLine(
            $"{decision.Time}  [{colour}]{decision.Status}[/]  {Markup.Escape(Printable.Text(decision.Mechanism)),-5}  {Markup.Escape(from),-15}  " +
            $"domain {Markup.Escape(Printable.Text(decision.Domain))}  {Markup.Escape(who)}  {Markup.Escape(Printable.Text(decision.Reason))}");
    }

    /// <summary>A socket that nobody receives from stops reading, and then its peers wait.</summary>
    private static async Task DrainAsync(ZmtpSocket socket, CancellationToken stop)
    {
        if (socket is not IReceivingSocket receiving) return;
        try
        {
            while (true) (await receiving.ReceiveAsync(stop)).Dispose();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The command is at its end.
        }
    }
}
