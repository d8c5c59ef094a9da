using System.Diagnostics;
using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>
/// REP or ROUTER: sends every message back as it came, until the other half has had enough or, started by hand, until nothing has come
/// for a while or everything has. In the case "connections" it also measures how its memory grows.
/// </summary>
internal sealed class EchoHalf(Options options, Link link, ZmtpContext context, SocketType type) : CaseHalf(options, link, context)
{
    /// <summary>Connections before those that count: they bring in what is needed once.</summary>
    public const int WarmClients = 10;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly SenderClock _clock = new();
    private DuplexSocket _socket = null!;
    private long _echoes;
    private long _lastCome;

    // From the first to the last message: the silence around them does not count.
    private TimeSpan _busy;
    private long _settledKb;
    private double _kbPerConnection = double.NaN;

    protected override TimeSpan Linger => Link.IsByHand ? TimeSpan.FromSeconds(1) : TimeSpan.Zero;

    private bool MeasuresMemory => Options.Clients > 0 && !Link.IsShared;

    private bool EndsByCount => Link.IsByHand && Options.Count > 0;

    protected override void Prepare()
    {
        _socket = type == SocketType.Rep
            ? Open(static (context, options) => new RepSocket(context, options))
            : Open(static DuplexSocket (context, options) => new RouterSocket(context, options));
        Attach(_socket);
    }

    protected override void Measure(Outcome outcome)
    {
        while (!Link.IsStopping)
        {
            if (!_socket.TryReceive(Look, out var message))
            {
                if (IsIdle()) break;
                continue;
            }

            _socket.Send(message);
            if (!Note()) break;
        }

        Report(outcome);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        var idle = Link.IsByHand ? TimeSpan.FromSeconds(Options.Idle) : Options.TimeLimit;
        using var watch = new StallWatch(idle, Link.Stopping, waitsForFirst: true);
        var cancellation = watch.Token;
        try
        {
            do
            {
                var message = await _socket.ReceiveAsync(cancellation);
                watch.Note();
                await _socket.SendAsync(message, cancellation);
            }
            while (Note());
        }
        catch (OperationCanceledException)
        {
            // The other half has had enough, or nothing has come for a while.
        }

        Report(outcome);
    }

    private bool IsIdle() => Link.IsByHand && _echoes > 0 && Stopwatch.GetElapsedTime(_lastCome).TotalSeconds > Options.Idle;

    /// <summary>Takes note of an echo.</summary>
    /// <returns>Whether to go on.</returns>
    private bool Note()
    {
        if (_echoes++ == 0) _clock.Start();
        if (MeasuresMemory) MeasureMemory();
        if (!Link.IsByHand) return true;
        _lastCome = Stopwatch.GetTimestamp();
        _busy = _clock.Elapsed;
        return !EndsByCount || _echoes < Options.Warmup + Options.Count;
    }

    private void MeasureMemory()
    {
        if (_echoes == WarmClients)
        {
            Resources.Settle();
            _settledKb = Resources.OwnResidentKb();
            Link.Tell(Notice.Settled);
        }
        else if (_echoes == WarmClients + Options.Clients)
        {
            Resources.Settle();
            _kbPerConnection = (Resources.OwnResidentKb() - _settledKb) / (double)Options.Clients;
            Link.Tell(Notice.ServerKb, _kbPerConnection.ToString("R", System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private void Report(Outcome outcome)
    {
        _clock.Report(outcome, _echoes, _busy);
        outcome.ServerKbPerConnection = _kbPerConnection;
    }
}
