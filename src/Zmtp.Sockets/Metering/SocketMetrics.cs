using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Zmtp.Threading;

namespace Zmtp.Sockets.Metering;

/// <summary>
/// The instruments of a meter, and the contexts that it measures. What can be counted by looking is looked at when somebody asks: that costs nothing
/// before, is right however a connection or a socket has ended, and whoever begins to listen late is told of what was there before. Safe on any
/// thread.
/// </summary>
/// <remarks>
/// A meter may live as long as the process. It keeps nothing alive: a context that is disposed of leaves it, and one that was forgotten is held
/// weakly.
/// </remarks>
internal sealed class SocketMetrics
{
    public const string MeterName = "Zmtp";

    /// <summary>In seconds. Over loopback a handshake takes less than the least of those of the HTTP client, and it may take 30 s.</summary>
    private static readonly double[] HandshakeBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    /// <summary>In seconds, up to a day: connections are made to stay.</summary>
    private static readonly double[] ConnectionBounds = [0.01, 0.1, 1, 10, 60, 300, 1800, 3600, 21600, 86400];

    private static readonly Lock MetersGate = new();
    private static readonly ConditionalWeakTable<Meter, SocketMetrics> OfMeters = [];
    private static Meter? _ofProcess;

    private readonly Lock _gate = new();
    private readonly ConditionalWeakTable<ZmtpContext, object?> _contexts = [];

    /// <summary>What the sockets of contexts have counted that are gone.</summary>
    private readonly SocketTally _ended = new();

    // Under the gate of what was told: several may listen. What has been there once is told with 0 from then on: who only sees that it is not told any
    // more may take the last for what still is.
    private readonly Lock _toldGate = new();
    private readonly HashSet<ConnectionSeries> _toldSeries = [];
    private readonly Dictionary<SocketType, long> _toldUnsent = [];
    private readonly Dictionary<SocketType, long> _toldDropped = [];

    // Those that are kept by nobody else: null until they are made.
    private Instrument? _activeConnections;
    private Instrument? _activeSockets;
    private Instrument? _unsent;
    private Instrument? _dropped;

    // One at a time: of two observable instruments of one name each would be counted.
    private int _isMaking;

    private SocketMetrics()
    {
    }

    // Null while they are made, and for want of memory.
    public Histogram<double>? HandshakeDuration { get; private set; }

    public Histogram<double>? ConnectionDuration { get; private set; }

    public Counter<long>? ConnectFailures { get; private set; }

    public Counter<long>? AcceptFailures { get; private set; }

    /// <summary>The metrics of a factory's meter, which is the factory's to dispose of; without one those of the process.</summary>
    public static SocketMetrics Of(IMeterFactory? factory)
    {
        // A factory has one meter of a name, and of two instruments of one name only one may be counted.
        var given = factory?.Create(MeterName);
        Meter meter;
        SocketMetrics? metrics;
        lock (MetersGate)
        {
            // Not in an initializer: what fails there for want of memory fails for ever.
            meter = given ?? (_ofProcess ??= new Meter(MeterName));
            if (!OfMeters.TryGetValue(meter, out metrics))
            {
                metrics = new SocketMetrics();
                OfMeters.Add(meter, metrics);
            }
        }

        // Outside the gate, and where nobody else does it, too: whoever listens is called, and may do anything.
        metrics.MakeWhatIsMissing(meter);
        return metrics;
    }

    /// <summary>Measures a context from now on.</summary>
    public void Add(ZmtpContext context)
    {
        lock (_gate) _contexts.Add(context, null);
    }

    /// <summary>A context is disposed of, all its sockets are closed: what they have counted stays. More than once does no harm.</summary>
    public void Remove(ZmtpContext context)
    {
        using (_gate.Hold())
        {
            if (_contexts.Remove(context)) context.AddTo(_ended);
        }
    }

    private bool IsMissingSome =>
        HandshakeDuration is null || ConnectionDuration is null || ConnectFailures is null || AcceptFailures is null ||
        _activeConnections is null || _activeSockets is null || _unsent is null || _dropped is null;

    /// <summary>All, or those that could not be made before for want of memory.</summary>
    private void MakeWhatIsMissing(Meter meter)
    {
        if (!IsMissingSome || Interlocked.Exchange(ref _isMaking, 1) != 0) return;
        try
        {
            MakeInstruments(meter);
        }
        finally
        {
            Volatile.Write(ref _isMaking, 0);
        }
    }

    private void MakeInstruments(Meter meter)
    {
        HandshakeDuration ??= Make(meter, "zmtp.handshake.duration", name => meter.CreateHistogram(
            name,
            "s",
            "How long handshakes took, those that failed as well.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = HandshakeBounds }));
        ConnectionDuration ??= Make(meter, "zmtp.connection.duration", name => meter.CreateHistogram(
            name,
            "s",
            "How long connections lasted that have ended.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = ConnectionBounds }));
        ConnectFailures ??= Make(meter, "zmtp.connect.failures", name => meter.CreateCounter<long>(
            name, "{attempt}", "Attempts to connect that failed before a handshake began, or for want of memory after one."));
        AcceptFailures ??= Make(meter, "zmtp.accept.failures", name => meter.CreateCounter<long>(
            name, "{peer}", "Peers that could not be accepted."));
        _activeConnections ??= Make(meter, "zmtp.active_connections", name => meter.CreateObservableUpDownCounter(
            name, CountConnections, "{connection}", "Peers that are connected: their handshake has succeeded."));
        _activeSockets ??= Make(meter, "zmtp.active_sockets", name => meter.CreateObservableUpDownCounter(
            name, CountSockets, "{socket}", "Sockets that were made and are not closed yet."));
        _unsent ??= Make(meter, "zmtp.messages.unsent", name => meter.CreateObservableCounter(
            name, CountUnsent, "{message}", "Messages that were taken to be sent and dropped before they had left."));
        _dropped ??= Make(meter, "zmtp.messages.dropped", name => meter.CreateObservableCounter(
            name, CountDropped, "{message}", "Messages that a pattern has dropped in place of queueing them."));
    }

    /// <summary>
    /// Makes an instrument. Whoever listens is told of it then, and what that throws changes nothing: the instrument is among those of its meter by then.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it is: contexts are made where nobody expects it of a listener.")]
    private static T? Make<T>(Meter meter, string name, Func<string, T> create)
        where T : Instrument
    {
        try
        {
            try
            {
                return create(name);
            }
            catch (Exception e)
            {
                var found = Find<T>(meter, name);

                // Put off: whoever makes a context does not wait.
                if (e is ThreadInterruptedException) Thread.CurrentThread.Interrupt();
                return found;
            }
        }
        catch (Exception)
        {
            // For want of memory.
            return null;
        }
    }

    private static T? Find<T>(Meter meter, string name)
        where T : Instrument
    {
        T? found = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == meter && instrument.Name == name) found = instrument as T;
        };
        listener.Start();
        return found;
    }

    private IEnumerable<Measurement<long>> CountConnections()
    {
        using (_toldGate.Hold())
        {
            var counts = _toldSeries.ToDictionary(static series => series, static _ => 0L);
            foreach (var socket in Sockets())
            {
                foreach (var (peer, transport) in socket.Lobby.Connections)
                {
                    var series = new ConnectionSeries(socket.Type, transport, peer.Mechanism, peer.IsIncoming);
                    counts[series] = counts.GetValueOrDefault(series) + 1;
                }
            }

            _toldSeries.UnionWith(counts.Keys);
            return counts.Select(static count => new Measurement<long>(count.Value, count.Key.Tags())).ToArray();
        }
    }

    private IEnumerable<Measurement<long>> CountSockets()
    {
        var tally = TakeTally();
        return tally.Types.Select(type => Measure(type, tally[type].Open)).ToArray();
    }

    private IEnumerable<Measurement<long>> CountUnsent() => Grow(_toldUnsent, static counts => counts.Unsent);

    private IEnumerable<Measurement<long>> CountDropped() => Grow(_toldDropped, static counts => counts.Dropped);

    /// <summary>
    /// A count that does not go down, as one of what is unsent does when a message turns out to have left, and with a context that was forgotten: who
    /// goes by the growth would take that for a new beginning.
    /// </summary>
    private Measurement<long>[] Grow(Dictionary<SocketType, long> told, Func<SocketCounts, long> count)
    {
        using (_toldGate.Hold())
        {
            var tally = TakeTally();
            foreach (var type in tally.Types.Where(Sends)) told[type] = Math.Max(told.GetValueOrDefault(type), count(tally[type]));
            return told.Select(static one => Measure(one.Key, one.Value)).ToArray();
        }
    }

    /// <summary>Under one gate: a context that goes meanwhile is counted once, here or there.</summary>
    private SocketTally TakeTally()
    {
        var tally = new SocketTally();
        ZmtpContext[] contexts;
        using (_gate.Hold())
        {
            tally.Add(_ended);
            contexts = [.. _contexts.Select(static context => context.Key)];
        }

        foreach (var context in contexts) context.AddTo(tally);
        return tally;
    }

    private IEnumerable<ZmtpSocket> Sockets()
    {
        ZmtpContext[] contexts;
        using (_gate.Hold()) contexts = [.. _contexts.Select(static context => context.Key)];
        return contexts.SelectMany(static context => context.Sockets).Where(static socket => !socket.Options.IsOfContext);
    }

    private static bool Sends(SocketType type) => type is not (SocketType.Pull or SocketType.Sub);

    private static Measurement<long> Measure(SocketType type, long value) =>
        new(value, new KeyValuePair<string, object?>(TagNames.SocketType, SocketTypes.ToToken(type)));
}
