using System.CommandLine;
using System.Text;
using Zmtp.Cli.Consoles;
using Zmtp.Cli.Options;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Sockets.Reporting;
using Zmtp.Transports;

namespace Zmtp.Cli.Sockets;

/// <summary>
/// One socket in a context of its own, bound or connected as the options have it. Says on standard error where it listens, whom it
/// refuses, and which connections end because somebody broke a rule or was sent away. Owns everything.
/// </summary>
internal sealed class Link : IAsyncDisposable
{
    private const double AttemptPart = 0.75;

    // RFC 23.
    private const int MaxIdentityLength = 255;

    private static readonly TimeSpan ShortestAttempt = TimeSpan.FromMilliseconds(1);

    // Else a command that only waits would wait for ever for a peer whose machine is gone, or that a router in between has forgotten.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(60);

    private readonly IConsole _console;
    private readonly SecuritySetup _setup;
    private readonly SocketOptions _options;
    private readonly ZmtpContext _context;
    private readonly SocketErrorLogger _errors;
    private readonly SocketReport _report;
    private readonly bool _isVerbose;
    private readonly bool _showsVerdicts;
    private readonly TaskCompletionSource<ZmtpException> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Until the first peer is there, its absence is what the wait for it ends with.
    private volatile bool _isWaitingForPeer;
    private volatile bool _connects;
    private CancellationTokenSource? _stop;

    /// <summary>Creates the socket; it does not bind or connect yet.</summary>
    /// <param name="create">Makes the socket.</param>
    /// <param name="setup">Its security; owned from now on.</param>
    /// <param name="options">Its other settings.</param>
    /// <param name="authenticator">
    /// Decides in place of the setup's own authenticator, and tells of it, too; null for that one.
    /// </param>
    /// <param name="console">Hears what happens.</param>
    /// <param name="isVerbose">Whether to tell of good things, too.</param>
    public Link(
        Func<ZmtpContext, SocketOptions, ZmtpSocket> create,
        SecuritySetup setup,
        SocketOptions options,
        IAuthenticator? authenticator,
        IConsole console,
        bool isVerbose)
    {
        _console = console;
        _setup = setup;
        _isVerbose = isVerbose;
        _showsVerdicts = authenticator is null;
        _options = options with
        {
            Security = setup.Security,
            ZapDomain = setup.Domain,
            Transport = options.Transport with { KeepAlive = KeepAlive },
        };
        _context = new ZmtpContext(new ZmtpContextOptions { Time = console.Time });
        if ((authenticator ?? setup.Authenticator) is { } decides) _context.Use(decides);
        try
        {
            Socket = create(_context, _options);
        }
        catch
        {
            // Settings that make no sense; the keys are to be zeroed all the same.
            setup.Dispose();
            throw;
        }

        _errors = new SocketErrorLogger(console.Error);
        _report = new SocketReport(_errors, SocketTypes.ToToken(Socket.Type), console.Time);
        Socket.Event += OnEvent;
    }

    /// <summary>The socket.</summary>
    public ZmtpSocket Socket { get; }

    /// <summary>The settings that the command line names.</summary>
    /// <exception cref="CliException">The options contradict each other.</exception>
    public static SocketOptions ReadOptions(EndpointOptions options, ParseResult parsed)
    {
        var settings = new SocketOptions { RoutingId = Encoding.UTF8.GetBytes(parsed.GetValue(options.Identity) ?? "") };
        if (settings.RoutingId.Length > MaxIdentityLength)
        {
            throw CliException.Usage($"{options.Identity.Name}: an Identity has at most {MaxIdentityLength} octets of UTF-8.");
        }

        if (parsed.GetValue(options.Bind))
        {
            if (parsed.GetValue(options.Connect)) throw CliException.Usage("Give --bind or --connect, not both.");
            if (parsed.GetValue(options.ConnectTimeout) is null) return settings;
            throw CliException.Usage($"{options.ConnectTimeout.Name} is about connecting, which is not done with {options.Bind.Name}.");
        }

        // One attempt takes less than all the time there is, so that its reason is known when the time is over.
        var attempt = ConnectTimeoutOf(options, parsed) * AttemptPart;
        if (attempt < ShortestAttempt) attempt = ShortestAttempt;
        return settings with
        {
            HandshakeTimeout = attempt < settings.HandshakeTimeout ? attempt : settings.HandshakeTimeout,
            Transport = settings.Transport with
            {
                ConnectTimeout = attempt < settings.Transport.ConnectTimeout ? attempt : settings.Transport.ConnectTimeout,
            },
        };
    }

    /// <summary>Binds, and says where; or connects, and waits until a peer is there.</summary>
    /// <param name="options">Where.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="interrupt">Gives up.</param>
    /// <exception cref="CliException">It cannot be done; with the code of the cause.</exception>
    public async Task OpenAsync(EndpointOptions options, ParseResult parsed, CancellationToken interrupt)
    {
        var endpoint = parsed.GetRequiredValue(options.Endpoint);
        if (options.BindsAlways || parsed.GetValue(options.Bind)) await BindAsync(endpoint, interrupt);
        else await ConnectAsync(endpoint, ConnectTimeoutOf(options, parsed), interrupt);
    }

    /// <summary>Listens, and says where.</summary>
    public async Task BindAsync(string endpoint, CancellationToken interrupt)
    {
        try
        {
            var bound = await Socket.BindAsync(Check(endpoint), interrupt);
            Say($"Listening at {bound}");
        }
        catch (ArgumentException error)
        {
            throw new CliException(ExitCode.BadEndpoint, error.Message, error);
        }
        catch (ZmtpEndpointException error)
        {
            throw new CliException(ExitCode.CannotBind, error.Message, error);
        }
    }

    /// <summary>Begins to connect; goes on in the background.</summary>
    public void Connect(string endpoint)
    {
        _connects = true;
        try
        {
            Socket.Connect(Check(endpoint));
        }
        catch (ArgumentException error)
        {
            throw new CliException(ExitCode.BadEndpoint, error.Message, error);
        }
        catch (ZmtpEndpointException error)
        {
            throw new CliException(ExitCode.BadEndpoint, error.Message, error);
        }
    }

    /// <summary>Runs what the command is about; ends it with the reason when the socket gives its endpoint up for good.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken interrupt)
    {
        // Until all is closed: it may be what ends the linger, in which peers read what was sent.
        var stop = _stop = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        var working = WorkAsync(work, stop.Token);
        if (await Task.WhenAny(working, _stopped.Task) == working) return await working;
        await stop.CancelAsync();
        try
        {
            return await working;
        }
        catch (OperationCanceledException) when (!interrupt.IsCancellationRequested)
        {
            throw Explain(await _stopped.Task, endpoint: null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Socket.DisposeAsync();
        await _context.DisposeAsync();
        _stop?.Dispose();
        _setup.Dispose();
    }

    // By now the command line has made sense: an argument that does not is none that the user gave.
    private static async Task<T> WorkAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        try
        {
            return await work(stop);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new CliException(ExitCode.Failed, Faults.Unforeseen(error), error);
        }
    }

    private async Task ConnectAsync(string endpoint, TimeSpan timeout, CancellationToken interrupt)
    {
        _isWaitingForPeer = true;
        Connect(endpoint);
        try
        {
            await Socket.WaitForPeerAsync(timeout, interrupt);
        }
        catch (ZmtpException error)
        {
            var known = Explain(error, endpoint);
            if (!await IsServerKeySuspectedAsync(known, endpoint, interrupt)) throw known;
            throw new CliException(ExitCode.ServerKeySuspected, known.Message, error);
        }
    }

    /// <summary>
    /// Whether the hang-up that the socket saw came in answer to HELLO: its error tells people so, but not programs. One more attempt,
    /// that looks closer, tells both.
    /// </summary>
    private async Task<bool> IsServerKeySuspectedAsync(CliException known, string endpoint, CancellationToken interrupt)
    {
        if (known.Code != ExitCode.ClosedDuringHandshake || _options.Security is not CurveSecurity) return false;
        var report = await ZmtpProbe.RunAsync(endpoint, Socket.Type, _options, progress: null, interrupt);
        return report.Outcome == ProbeOutcome.ServerKeySuspected;
    }

    private static TimeSpan ConnectTimeoutOf(EndpointOptions options, ParseResult parsed) =>
        parsed.GetValue(options.ConnectTimeout) ?? EndpointOptions.DefaultConnectTimeout;

    private CliException Explain(ZmtpException error, string? endpoint)
    {
        var hint = endpoint is null || error is ZmtpAuthenticationException { IsOwnVerdict: true } ? "" : Advice(endpoint);
        return new CliException(ExitCodes.Of(ZmtpProbe.Classify(error)), error.Message + hint, error);
    }

    /// <summary>"zmtp check" is a client: of a server's settings it takes none.</summary>
    private string Advice(string endpoint)
    {
        var check = $" Run \"zmtp check {endpoint} --type {SocketTypes.ToToken(Socket.Type)}\"";
        return _options.Security.IsServer
            ? $"{check}, without the options of a server, to see what the peer announces."
            : $"{check}, with the same credentials, to see it step by step.";
    }

    private static string Check(string text)
    {
        if (!ZmtpEndpoint.TryParse(text, out var endpoint, out var error)) throw new CliException(ExitCode.BadEndpoint, error);
        if (endpoint.Scheme != "inproc") return text;
        throw new CliException(ExitCode.BadEndpoint, $"{text}: inproc does not lead out of this process. Use tcp or ipc.");
    }

    private void OnEvent(object? sender, SocketEvent happened)
    {
        switch (happened.Kind)
        {
            case SocketEventKind.ConnectStopped:
                _stopped.TrySetResult(happened.Error!);
                return;
            case SocketEventKind.HandshakeFailed when happened.Error is ZmtpAuthenticationException { IsOwnVerdict: true }:
                if (!_showsVerdicts) return;
                break;
            case SocketEventKind.HandshakeFailed when _isWaitingForPeer && !_isVerbose:
                return;
            case SocketEventKind.HandshakeSucceeded:
                _isWaitingForPeer = false;
                break;
        }

        _errors.Refuses = !_connects || happened.Error is ZmtpAuthenticationException { IsOwnVerdict: true };
        if (_isVerbose) Say(happened.ToString());
        else _report.Write(happened.Kind, happened.Endpoint, happened.RemoteEndpoint, happened.Error);
    }

    private void Say(string text)
    {
        lock (_console.Error) _console.Error.WriteLine(text);
    }
}
