using System.CommandLine;
using System.Globalization;
using Zmtp.Cli.Consoles;
using Zmtp.Cli.Json;
using Zmtp.Cli.Messages;
using Zmtp.Cli.Options;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Transports;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp check</c></summary>
internal sealed class CheckCommand : CliCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    // Tried in turn while the peer answers that the type does not fit and does not say what it is itself. PULL comes last: a PUSH peer
    // may choose it as the receiver of a message.
    private static readonly SocketType[] Candidates =
    [
        SocketType.Dealer, SocketType.Sub, SocketType.Push, SocketType.Pub, SocketType.Router, SocketType.Pair, SocketType.Pull,
    ];

    private readonly Argument<string> _endpoint = new("endpoint") { Description = "tcp://host:port or ipc://path." };
    private readonly Option<SocketType?> _type = SocketTypeOption.Create(
        $"The socket type to announce. Without it up to {Candidates.Length} are tried, each with a connection of its own, until one fits.", null, Enum.GetValues<SocketType>());

    private readonly Option<TimeSpan?> _timeout = Duration.Wait(
        "--timeout", "How long connecting may take, and again how long the handshake may take. Default: 5 s.");

    private readonly Option<bool> _json = new("--json") { Description = "Say it as one JSON object." };
    private readonly SecurityOptions _security;

    public CheckCommand(CommandContext context)
        : base("check", "Connect once and explain step by step what happens: who answers, what it speaks, whether it lets us in.", context)
    {
        Add(_endpoint);
        Add(_type);
        _security = new SecurityOptions(this, clientOnly: true);
        Add(_timeout);
        Add(_json);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp check tcp://localhost:5555",
        "zmtp check tcp://server:5555 --type sub",
        "zmtp check tcp://server:5555 --cert me.txt --curve-server-key server.txt",
        "zmtp check tcp://server:5555 --plain-user ann",
        "zmtp check tcp://server:5555 --json | jq .outcome",
    ];

    public override bool ShowsExitCodes => true;

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        using var setup = await new SecurityReader(_security, parsed, Console).ReadAsync(alwaysAuthenticate: false, interrupt);
        var endpoint = parsed.GetRequiredValue(_endpoint);
        var timeout = parsed.GetValue(_timeout) ?? DefaultTimeout;
        var options = new SocketOptions
        {
            Security = setup.Security,
            HandshakeTimeout = timeout,
            Transport = TransportOptions.Default with { ConnectTimeout = timeout },
        };
        var screen = parsed.GetValue(_json) ? null : new StepScreen(Context.Screen(parsed));
        var (report, attempts) = await ProbeAsync(endpoint, parsed.GetValue(_type), options, screen, interrupt);
        var code = ExitCodes.Of(report.Outcome);
        if (screen is not null) Show(report, attempts, code, screen);
        else await Console.OutText.WriteLineAsync(CliJson.Line(ToJson(endpoint, report, attempts, code), CliJson.Plain.CheckJson));
        return code;
    }

    private static async Task<(ProbeReport Report, int Attempts)> ProbeAsync(
        string endpoint, SocketType? type, SocketOptions options, StepScreen? screen, CancellationToken interrupt)
    {
        Action<ProbeStep>? progress = screen is null ? null : screen.OnStep;
        if (type is not null) return (await ZmtpProbe.RunAsync(endpoint, type.Value, options, progress, interrupt), 1);
        ProbeReport? first = null;
        var attempts = 0;
        foreach (var candidate in Candidates)
        {
            attempts++;
            screen?.BeginAttempt();
            var report = await ZmtpProbe.RunAsync(endpoint, candidate, options, progress, interrupt);
            if (!MayBeTheType(report)) return (report, attempts);

            // The peer's own type is all that there was to find out.
            if (report.PeerSocketType is { } peer) return (AsSuccess(report, peer), attempts);
            first ??= report;
        }

        if (first!.Outcome == ProbeOutcome.ClosedDuringHandshake) return (first, attempts);
        return (first with { Message = "The peer talks to none of the socket types that were tried. Name the right one with --type." }, attempts);
    }

    // Under PLAIN and CURVE libzmq hangs up without a word on a type that does not fit.
    private static bool MayBeTheType(ProbeReport report) =>
        report is { Outcome: ProbeOutcome.SocketTypeMismatch } or { Outcome: ProbeOutcome.ClosedDuringHandshake, Greeting: not null };

    private static ProbeReport AsSuccess(ProbeReport report, SocketType peer)
    {
        var token = SocketTypes.ToToken(peer);
        var message = $"The peer is {(token[0] == 'X' ? "an" : "a")} {token} socket, and said so in its handshake.";
        var steps = report.Steps.SkipLast(1).Append(new ProbeStep(ProbeStage.Handshake, Succeeded: true, message));
        return report with { Outcome = ProbeOutcome.Success, Message = message, Steps = [.. steps], Error = null };
    }

    private static void Show(ProbeReport report, int attempts, ExitCode code, StepScreen screen)
    {
        screen.Show(report.Steps);
        if (attempts > 1)
        {
            screen.Show(string.Create(
                CultureInfo.InvariantCulture,
                $"{attempts} socket types were tried, each with a connection of its own, which the peer's log may show. --type makes it one."));
        }

        if (report.Peer is { } peer) screen.Show(Properties(peer));
        if (code == ExitCode.Success) return;
        if (report.Steps[^1].Text != report.Message) screen.Show(report.Message);
        screen.Show(string.Create(CultureInfo.InvariantCulture, $"Exit code {(int)code}: {Meaning(code)}."));
    }

    private static Dictionary<string, string> Properties(ZmtpPeer peer)
    {
        var properties = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in peer.Metadata) properties[property.Key] = Printable.Text(property.Value.Span);
        return properties;
    }

    private static CheckJson ToJson(string endpoint, ProbeReport report, int attempts, ExitCode code) => new(
        endpoint,
        report.Outcome.ToString(),
        (int)code,
        report.Message,
        attempts,
        [.. report.Steps.Select(static step => new StepJson(step.Stage.ToString().ToLowerInvariant(), step.Succeeded, step.Text))],
        report.Greeting is { } greeting
            ? new GreetingJson($"{greeting.Major}.{greeting.Minor}", greeting.MechanismText, greeting.AsServer)
            : null,
        report.PeerSocketType is { } type ? SocketTypes.ToToken(type) : null,
        report.Peer is { } peer ? ToJson(peer) : null);

    private static PeerJson ToJson(ZmtpPeer peer)
    {
        var octets = JsonOctets.Of(peer.Metadata.Select(static property => property.Value));
        var properties = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in peer.Metadata) properties[property.Key] = octets.Write(property.Value.Span);
        return new PeerJson(
            SocketTypes.ToToken(peer.SocketType),
            peer.Endpoint,
            peer.Mechanism,
            peer.PublicKey.Length == CurvePublicKey.Size ? new CurvePublicKey(peer.PublicKey.Span).ToString() : null,
            properties,
            octets.Encoding);
    }

    private static string Meaning(ExitCode code) => ExitCodes.All.First(entry => entry.Code == code).Meaning;
}
