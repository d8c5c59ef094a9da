using Zmtp.Mechanisms;
using Zmtp.Perf.Links;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Transports;

namespace Zmtp.Perf.Cases;

/// <summary>One half of a case, in one role. Runs once.</summary>
internal abstract class CaseHalf
{
    /// <summary>How long nothing may happen before the measurement has failed.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int Backlog = 4096;

    private readonly ZmtpContext _context;
    private readonly List<ZmtpSocket> _sockets = [];
    private ZmtpSecurity _security = NullSecurity.Instance;

    protected CaseHalf(Options options, Link link, ZmtpContext context)
    {
        Options = options;
        Link = link;
        _context = context;
    }

    protected Options Options { get; }

    protected Link Link { get; }

    /// <summary>The endpoint that this half has bound or connects to.</summary>
    protected string Endpoint { get; private set; } = "";

    /// <summary>Whether the case is over when this half has done its work.</summary>
    protected virtual bool IsMeasurer => false;

    /// <summary>How long what was sent keeps this half from ending.</summary>
    protected virtual TimeSpan Linger => TimeSpan.Zero;

    /// <summary>How long a blocking send waits.</summary>
    protected virtual TimeSpan SendTimeout => Patience;

    public static CaseHalf Create(string role, Options options, Link link, ZmtpContext context) => (role, options.Mode) switch
    {
        ("push", _) => new PushHalf(options, link, context),
        ("pull", _) => new PullHalf(options, link, context),
        ("req", _) => new ReqHalf(options, link, context),
        ("rep", _) => new EchoHalf(options, link, context, SocketType.Rep),
        ("router", "stream") => new RouterStreamHalf(options, link, context),
        ("router", _) => new EchoHalf(options, link, context, SocketType.Router),
        ("pub", _) => new PubHalf(options, link, context),
        ("sub", _) => new SubHalf(options, link, context),
        ("dealer", "handshake") => new HandshakeHalf(options, link, context),
        ("dealer", "connections") => new ConnectionsHalf(options, link, context),
        ("dealer", "stream") => new StreamHalf(options, link, context),
        ("dealer", _) => new RpcHalf(options, link, context),
        _ => throw new UsageException($"There is no role {role}; the roles are {string.Join(", ", Role.All)}."),
    };

    /// <summary>Does this half's work. Never throws: what went wrong is part of the outcome.</summary>
    public Outcome Run()
    {
        var outcome = new Outcome();
        try
        {
            using var keys = ReadKeys();
            _security = CreateSecurity(keys);
            if (Options.Mechanism == MechanismNames.Plain && Options.IsServer) _context.Use(AcceptEverybody.Instance);
            try
            {
                Prepare();
                if (Options.Api == Api.Async) Task.Run(() => MeasureAsync(outcome)).GetAwaiter().GetResult();
                else Measure(outcome);

                // What was sent last may still be on its way; by hand the linger sees to that.
                if (!IsMeasurer && !Link.IsByHand) Link.Stopping.WaitHandle.WaitOne();
            }
            finally
            {
                if (IsMeasurer) Link.Stop();
                Close();
            }
        }
        catch (Exception e)
        {
            outcome.Error = Explain(e);
            Link.Tell(Notice.Failed, outcome.Error.ReplaceLineEndings(" "));
            Link.Stop();
        }

        return outcome;
    }

    /// <summary>Opens sockets and waits until the other half is there, as far as that is needed.</summary>
    protected abstract void Prepare();

    /// <summary>Measures by the blocking interface, on the caller's thread.</summary>
    protected abstract void Measure(Outcome outcome);

    /// <summary>Measures by the asynchronous interface.</summary>
    protected abstract Task MeasureAsync(Outcome outcome);

    /// <summary>Makes a socket that is closed when this half is done.</summary>
    protected T Open<T>(Func<ZmtpContext, SocketOptions, T> create)
        where T : ZmtpSocket
    {
        var socket = create(_context, SocketSettings());
        lock (_sockets) _sockets.Add(socket);
        return socket;
    }

    /// <summary>
    /// Lets go of a socket that was closed before its half is done: if thousands of them were kept, the collector would copy them all, again and again.
    /// </summary>
    protected void Forget(ZmtpSocket socket)
    {
        lock (_sockets) _sockets.Remove(socket);
    }

    /// <summary>Binds and tells where, or learns where and connects.</summary>
    protected void Attach(ZmtpSocket socket)
    {
        if (Options.Bind)
        {
            Endpoint = socket.Bind(Options.Endpoint);
            Link.Tell(Notice.Ready, Endpoint);
            return;
        }

        if (Endpoint.Length == 0)
        {
            Endpoint = Link.Wait(Notice.Ready, Patience) ?? throw new MeasurementException("the other half has not bound its socket");
        }

        socket.Connect(Endpoint);
    }

    protected SocketOptions SocketSettings() => new()
    {
        Security = _security,
        SendHighWaterMark = Options.HighWaterMark ?? SocketOptions.Default.SendHighWaterMark,
        ReceiveHighWaterMark = Options.HighWaterMark ?? SocketOptions.Default.ReceiveHighWaterMark,

        // Who asks for no mark asks for none in octets either: a publisher that gets ahead would else drop.
        SendHighWaterOctets = Options.HighWaterMark == 0 ? long.MaxValue : SocketOptions.Default.SendHighWaterOctets,
        ReceiveHighWaterOctets = Options.HighWaterMark == 0 ? long.MaxValue : SocketOptions.Default.ReceiveHighWaterOctets,
        Linger = Linger,
        SendTimeout = SendTimeout,
        ReceiveTimeout = Patience,

        // All clients may come at once: none of them is to be turned away and to come again.
        MaxPendingHandshakes = Math.Max(SocketOptions.Default.MaxPendingHandshakes, Options.Clients * 2),
        Transport = new TransportOptions { Backlog = Backlog },
    };

    protected byte[] NewBody() => NumberedBody.New(Options.Size);

    /// <summary>Why an asynchronous loop was cancelled, if that is a failure.</summary>
    protected static void ThrowIfStalled(StallWatch watch, string operation)
    {
        if (watch.HasStalled) throw new MeasurementException($"{operation}: timed out");
    }

    private CurveKeyPair? ReadKeys()
    {
        if (Options.Mechanism != MechanismNames.Curve) return null;
        if (Options.SecretKey is null) throw new MeasurementException("curve needs --secretkey, and --serverkey at the client");
        using var secretKey = CurveSecretKey.Parse(Options.SecretKey);
        return new CurveKeyPair(secretKey);
    }

    private CurveCipher MessageCipher => Options.Cipher == Cipher.Vector ? CurveCipher.ManagedVector : CurveCipher.Libsodium;

    private ZmtpSecurity CreateSecurity(CurveKeyPair? keys) => (Options.Mechanism, Options.IsServer) switch
    {
        (MechanismNames.Curve, true) => CurveSecurity.Server(keys!, CurveClients.AllowAny).WithCipher(MessageCipher),
        (MechanismNames.Curve, false) => CurveSecurity.Client(keys!, CurvePublicKey.Parse(Options.ServerKey)).WithCipher(MessageCipher),
        (MechanismNames.Plain, true) => PlainSecurity.Server(),
        (MechanismNames.Plain, false) => PlainSecurity.Client(Options.Username, Options.Password),
        _ => NullSecurity.Instance,
    };

    private string Explain(Exception error)
    {
        var text = error is MeasurementException or TimeoutException ? error.Message : $"{error.GetType().Name}: {error.Message}";
        return Link.Failure is { } other ? $"{text.TrimEnd('.')}; the other half: {other}" : text;
    }

    private void Close() => Task.WhenAll(_sockets.Select(static socket => socket.DisposeAsync().AsTask())).GetAwaiter().GetResult();
}
