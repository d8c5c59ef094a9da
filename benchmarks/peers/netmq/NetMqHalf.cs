using NetMQ;
using NetMQ.Sockets;
using Zmtp.Perf.Cases;
using Zmtp.Perf.Links;

namespace Zmtp.Perf.Peers;

/// <summary>One half of a case over NetMQ, in one role, by its blocking interface. Runs once.</summary>
internal abstract class NetMqHalf(Options options, Link link)
{
    /// <summary>How long nothing may happen before the measurement has failed.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int Backlog = 4096;

    private readonly List<FrameSocket> _sockets = [];

    protected Options Options { get; } = options;

    protected Link Link { get; } = link;

    /// <summary>The endpoint that this half has bound or connects to.</summary>
    protected string Endpoint { get; private set; } = "";

    /// <summary>Whether the case is over when this half has done its work.</summary>
    protected virtual bool IsMeasurer => false;

    /// <summary>How long what was sent keeps this half from ending.</summary>
    protected virtual TimeSpan Linger => TimeSpan.Zero;

    public static NetMqHalf Create(string role, Options options, Link link) => (role, options.Mode) switch
    {
        ("push", _) => new PushHalf(options, link),
        ("pull", _) => new PullHalf(options, link),
        ("req", _) => new ReqHalf(options, link),
        ("rep", _) => new EchoHalf(options, link, static () => new ResponseSocket()),
        ("router", "stream") => new RouterStreamHalf(options, link),
        ("router", _) => new EchoHalf(options, link, static () => new RouterSocket()),
        ("pub", _) => new PubHalf(options, link),
        ("sub", _) => new SubHalf(options, link),
        ("dealer", "handshake") => new HandshakeHalf(options, link),
        ("dealer", "connections") => new ConnectionsHalf(options, link),
        ("dealer", "stream") => new StreamHalf(options, link),
        ("dealer", _) => new RpcHalf(options, link),
        _ => throw new UsageException($"There is no role {role}; the roles are {string.Join(", ", Role.All)}."),
    };

    /// <summary>Does this half's work. Never throws: what went wrong is part of the outcome.</summary>
    public Outcome Run()
    {
        var outcome = new Outcome();
        try
        {
            if (Options.Mechanism == MechanismNames.Curve && Options.SecretKey is null)
            {
                throw new MeasurementException("curve needs --secretkey, and --serverkey and --publickey at the client");
            }

            try
            {
                Measure(outcome);

                // What was sent last may still be on its way; by hand the linger sees to that.
                if (!IsMeasurer && !Link.IsByHand) Link.Stopping.WaitHandle.WaitOne();
            }
            finally
            {
                if (IsMeasurer) Link.Stop();
                foreach (var socket in _sockets) socket.Dispose();
            }
        }
        catch (Exception e)
        {
            var text = e is MeasurementException ? e.Message : $"{e.GetType().Name}: {e.Message}";
            outcome.Error = Link.Failure is { } other ? $"{text.TrimEnd('.')}; the other half: {other}" : text;
            Link.Tell(Notice.Failed, outcome.Error.ReplaceLineEndings(" "));
            Link.Stop();
        }

        return outcome;
    }

    /// <summary>Opens its sockets and measures, on the caller's thread.</summary>
    protected abstract void Measure(Outcome outcome);

    /// <summary>
    /// Closes a socket before its half is done, and lets go of it: if thousands of them were kept, the collector would copy them all, again and again.
    /// </summary>
    protected void Close(FrameSocket socket)
    {
        socket.Dispose();
        _sockets.Remove(socket);
    }

    /// <summary>Configures a socket that is closed when this half is done, binds it and tells where, or connects it.</summary>
    protected FrameSocket Open(NetMQSocket socket)
    {
        var frames = Wrap(socket);
        _sockets.Add(frames);
        if (Options.Bind)
        {
            Endpoint = frames.Bind(Options.Endpoint);
            Link.Tell(Notice.Ready, Endpoint);
            return frames;
        }

        if (Endpoint.Length == 0)
        {
            Endpoint = Link.Wait(Notice.Ready, Patience) ?? throw new MeasurementException("the other half has not bound its socket");
        }

        frames.Connect(Endpoint);
        return frames;
    }

    /// <summary>Configures a socket that the caller closes.</summary>
    protected FrameSocket Wrap(NetMQSocket socket)
    {
        socket.Options.Linger = Linger;
        socket.Options.Backlog = Backlog;
        if (Options.HighWaterMark is { } mark)
        {
            socket.Options.SendHighWatermark = mark;
            socket.Options.ReceiveHighWatermark = mark;
        }

        if (Options.Mechanism != MechanismNames.Curve) return new FrameSocket(socket);
        if (Options.ServerKey is null)
        {
            socket.Options.CurveServer = true;
            socket.Options.CurveCertificate = NetMQCertificate.CreateFromSecretKey(Options.SecretKey!);
        }
        else
        {
            socket.Options.CurveServerCertificate = NetMQCertificate.FromPublicKey(Options.ServerKey);
            socket.Options.CurveCertificate = new NetMQCertificate(Options.SecretKey!, Options.PublicKey!);
        }

        return new FrameSocket(socket);
    }
}
