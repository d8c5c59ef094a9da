using System.CommandLine;
using System.Globalization;
using Zmtp.Cli.Json;
using Zmtp.Cli.Options;
using Zmtp.Cli.Sockets;
using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp proxy</c></summary>
internal sealed class ProxyCommand : CliCommand
{
    private const string DefaultKind = "router/dealer";

    private static readonly Dictionary<string, (SocketType Frontend, SocketType Backend)> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        [DefaultKind] = (SocketType.Router, SocketType.Dealer),
        ["xsub/xpub"] = (SocketType.XSub, SocketType.XPub),
        ["sub/pub"] = (SocketType.Sub, SocketType.Pub),
        ["pull/push"] = (SocketType.Pull, SocketType.Push),
    };

    // Of each subscriber, as a last-value cache behind the proxy has to hear: the XSUB counts them, and cancels once.
    private static readonly SocketOptions Settings = SocketOptions.Default with { XPubVerboser = true };

    private readonly Argument<string> _frontend = new("frontend")
    {
        Description = "The front end's endpoint: where requests, publishers or senders are.",
    };

    private readonly Argument<string> _backend = new("backend")
    {
        Description = "The back end's endpoint: where workers, subscribers or receivers are.",
    };

    private readonly Option<string> _kind = new("--type", "-t")
    {
        Description =
            "The two sockets: router/dealer, xsub/xpub, sub/pub or pull/push. With xsub/xpub publishers hear what the subscribers want, and only that is " +
            "passed on; sub/pub takes all there is.",
        DefaultValueFactory = static _ => DefaultKind,
    };

    private readonly Option<bool> _frontendConnect = new("--frontend-connect") { Description = "Connect the front end. Default: bind it." };
    private readonly Option<bool> _backendConnect = new("--backend-connect") { Description = "Connect the back end. Default: bind it." };
    private readonly Option<string?> _capture = new("--capture")
    {
        Description = "Bind a PUB socket here that gets a copy of every message. It is open to everybody who reaches it, whatever the two ends ask for.",
        HelpName = "endpoint",
    };

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Tell on standard error what happens to the connections." };
    private readonly Option<bool> _json = new("--json") { Description = "Say at the end what was passed on, as a JSON object." };
    private readonly LingerOption _linger;
    private readonly SecurityOptions _frontendSecurity;
    private readonly SecurityOptions _backendSecurity;

    public ProxyCommand(CommandContext context)
        : base("proxy", "Pass messages on between two endpoints until interrupted; then say how many.", context)
    {
        _kind.AcceptOnlyFromAmong([.. Kinds.Keys]);
        Add(_frontend);
        Add(_backend);
        foreach (var option in (Option[])[_kind, _frontendConnect, _backendConnect, _capture, _verbose, _json]) Add(option);
        _linger = new LingerOption(this, endsByInterrupt: true);
        _frontendSecurity = new SecurityOptions(this, "frontend-");
        _backendSecurity = new SecurityOptions(this, "backend-");
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp proxy 'tcp://*:5555' 'tcp://*:5556'",
        "zmtp proxy 'tcp://*:5556' 'tcp://*:5557' --type xsub/xpub",
        "zmtp proxy tcp://publisher:5556 'tcp://*:5557' --type sub/pub --frontend-connect",
        "zmtp proxy 'tcp://*:5555' 'ipc:///run/workers' --frontend-cert server.txt --frontend-certs clients",
        "zmtp proxy 'tcp://*:5555' 'tcp://*:5556' --type pull/push --capture 'tcp://127.0.0.1:5999'",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var (frontendType, backendType) = Kinds[parsed.GetValue(_kind)!];
        await using var frontend = await CreateAsync(frontendType, _frontendSecurity, parsed, interrupt);
        await using var backend = await CreateAsync(backendType, _backendSecurity, parsed, interrupt);
        var copies = parsed.GetValue(_capture);
        await using var capture = copies is null ? null : new Link(
            static (context, options) => new PubSocket(context, options),
            new SecuritySetup(), SocketOptions.Default, null, Console, isVerbose: false);
        if (capture is not null) await capture.BindAsync(copies!, interrupt);
        await OpenAsync(frontend, parsed.GetRequiredValue(_frontend), parsed.GetValue(_frontendConnect), interrupt);
        await OpenAsync(backend, parsed.GetRequiredValue(_backend), parsed.GetValue(_backendConnect), interrupt);

        var proxy = new ZmtpProxy(frontend.Socket, backend.Socket, (SendingSocket?)capture?.Socket);
        try
        {
            await frontend.RunAsync(outer => backend.RunAsync(inner => PassOnAsync(proxy, inner), outer), interrupt);
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            // The way it ends.
        }
        catch
        {
            var lost = await CloseAsync(frontend.Socket, backend.Socket, _linger.ReadBrief(parsed), interrupt);
            if (lost > 0) await Console.Error.WriteLineAsync($"zmtp: {LingerOption.Explain(lost, lost, isWhole: false)}");
            await ReportAsync(proxy.Statistics, parsed);
            throw;
        }

        var late = await CloseAsync(frontend.Socket, backend.Socket, _linger.Read(parsed), CancellationToken.None);
        await ReportAsync(proxy.Statistics, parsed);
        return late == 0 ? ExitCode.Success : throw new CliException(ExitCode.Timeout, LingerOption.Explain(late));
    }

    private async Task<Link> CreateAsync(SocketType type, SecurityOptions security, ParseResult parsed, CancellationToken interrupt)
    {
        var setup = await new SecurityReader(security, parsed, Console).ReadAsync(alwaysAuthenticate: false, interrupt);
        return new Link(
            (context, options) => SocketFactory.Create(type, context, options),
            setup, Settings, null, Console, parsed.GetValue(_verbose));
    }

    private static async Task OpenAsync(Link link, string endpoint, bool connects, CancellationToken interrupt)
    {
        if (connects) link.Connect(endpoint);
        else await link.BindAsync(endpoint, interrupt);
    }

    private static async Task<bool> PassOnAsync(ZmtpProxy proxy, CancellationToken stop)
    {
        await proxy.RunAsync(stop);
        return true;
    }

    /// <summary>Lets what was passed on leave.</summary>
    /// <returns>How many messages did not, of those that were to reach somebody: a subscriber that is slow misses some anyway.</returns>
    private static async Task<long> CloseAsync(ZmtpSocket frontend, ZmtpSocket backend, TimeSpan linger, CancellationToken hurry)
    {
        ZmtpSocket[] sockets = [frontend, backend];
        var late = await Task.WhenAll(sockets.Select(socket => socket.CloseAsync(linger, hurry).AsTask()));
        return sockets.Zip(late).Where(static pair => pair.First is not (PubSocket or XPubSocket or XSubSocket)).Sum(static pair => pair.Second);
    }

    private async Task ReportAsync(ProxyStatistics passed, ParseResult parsed)
    {
        if (parsed.GetValue(_json))
        {
            var line = new ProxyJson(ToJson(passed.Forward), ToJson(passed.Backward), passed.CopiesDropped);
            await Console.OutText.WriteLineAsync(CliJson.Line(line, CliJson.Plain.ProxyJson));
            return;
        }

        await Console.OutText.WriteLineAsync($"front to back: {ToText(passed.Forward)}");
        await Console.OutText.WriteLineAsync($"back to front: {ToText(passed.Backward)}");
        if (passed.CopiesDropped == 0) return;
        await Console.OutText.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"copies that the capture missed: {passed.CopiesDropped}"));
    }

    private static DirectionJson ToJson(ProxyCount count) => new(count.Messages, count.Octets, count.Dropped);

    private static string ToText(ProxyCount count) => string.Create(
        CultureInfo.InvariantCulture,
        $"{count.Messages} messages, {count.Octets} octets{(count.Dropped > 0 ? $", {count.Dropped} dropped" : "")}");
}
