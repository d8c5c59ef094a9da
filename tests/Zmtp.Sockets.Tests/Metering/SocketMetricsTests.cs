using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Metering;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Testing.Steady;

namespace Zmtp.Sockets.Tests.Metering;

/// <summary>The meter itself: what it is made of, whom it keeps alive, and what it costs where nobody listens.</summary>
public sealed partial class SocketMetricsTests
{
    /// <summary>Programs and dashboards go by them.</summary>
    [Fact]
    public void INSTRUMENTS_NamesAndUnits_AreThoseOfTheGuide()
    {
        using var kept = new KeptMeasurements();
        using var context = Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept });

        var listed = Row().Matches(File.ReadAllText(Repository.Combine("docs", "guides", "diagnostics.md")))
            .Select(static row => (row.Groups["name"].Value, row.Groups["kind"].Value, row.Groups["unit"].Value));

        Assert.Equal(
            kept.Instruments.Select(static one => (one.Name, KindOf(one), one.Unit!)).Order(),
            listed.Order());
    }

    /// <summary>A factory has one meter of a name. Of two instruments of one name a listener would count everything twice.</summary>
    [Fact]
    public async Task FACTORY_TwoContexts_ShareTheInstruments()
    {
        using var kept = new KeptMeasurements();
        await using var one = Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept });
        await using var other = Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept });

        Assert.Same(one.Metrics, other.Metrics);
        Assert.Equal(8, kept.Instruments.Count);
    }

    /// <summary>Whoever listens is called as they are made. What that throws changes nothing: they are there, once, and measure.</summary>
    [Fact]
    public async Task FACTORY_ListenerThrowsWhenToldOfTheInstruments_TheyMeasureAllTheSame()
    {
        using var kept = new KeptMeasurements { FaultWhenPublished = new InsufficientMemoryException() };
        await using var one = Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept });
        await using var other = Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept });
        await using var pull = new PullSocket(other);
        await using var push = new PushSocket(other);
        var error = new ZmtpException("no", FaultOrigin.Local, mayRetry: true);

        foreach (var (socket, isIncoming) in new (ZmtpSocket, bool)[] { (pull, true), (push, false) })
        {
            var meter = new EndpointMeter(socket, "tcp", isIncoming);
            meter.EndHandshake(meter.BeginHandshake());
            meter.EndConnection(TimeSpan.FromSeconds(1), cause: null);
            meter.CountFailure(error);
        }

        Assert.Same(one.Metrics, other.Metrics);
        Assert.Equal(8, kept.Instruments.Count);
        Assert.Equal(
            (2, 2, 1, 1),
            (kept.Of("zmtp.handshake.duration").Count, kept.Of("zmtp.connection.duration").Count,
                kept.Of("zmtp.connect.failures").Count, kept.Of("zmtp.accept.failures").Count));
        Assert.Equal(2, kept.Ask("zmtp.active_sockets").Count);
    }

    /// <summary>Else two would make them, one after the other.</summary>
    [Fact]
    public async Task FACTORY_ListenerMakesAContextWhenToldOfAnInstrument_TheyAreMadeOnce()
    {
        using var kept = new KeptMeasurements(isListening: false);
        var made = new ConcurrentBag<string>();
        ZmtpContext? inner = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Scope != kept) return;
            made.Add(instrument.Name);

            // On another thread, and waited for: no gate may be held here.
            inner ??= Task.Run(() => Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept })).WaitAsync(TestTimeout.Default).GetAwaiter().GetResult();
        };
        listener.Start();

        await using var outer = await Task.Run(() => Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept })).WithinAsync();

        Assert.Same(outer.Metrics, inner?.Metrics);
        Assert.Equal(8, made.Count);
        await inner!.DisposeAsync().WithinAsync();
    }

    [Fact]
    public async Task FACTORY_None_IsTheMeterOfTheProcess()
    {
        await using var one = Searched.NewContext();
        await using var other = Searched.NewContext(new ZmtpContextOptions { MeterFactory = null });

        Assert.Same(one.Metrics, other.Metrics);
        Assert.Equal(("Zmtp", null), (one.Metrics.ConnectFailures!.Meter.Name, one.Metrics.ConnectFailures.Meter.Scope));
    }

    /// <summary>The host may dispose of its meters before its sockets.</summary>
    [Fact]
    public async Task FACTORY_IsDisposedOfFirst_TheSocketsGoOn()
    {
        var kept = new KeptMeasurements();
        await using var context = Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept });
        kept.Dispose();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);

        await Join.ToAsync(pull, push);

        await Pairing.ExchangeAsync(push, pull);
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, true, true)]
    [InlineData(true, false, true)]
    [InlineData(true, true, true)]
    [InlineData(false, false, false)]
    [InlineData(true, true, false)]
    public async Task CONTEXT_DisposedOfOrForgotten_IsNotKept(bool hasFactory, bool isListening, bool isDisposed)
    {
        using var kept = hasFactory ? new KeptMeasurements(isListening) : null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, itself) =>
        {
            if (instrument.Meter is { Name: "Zmtp", Scope: null }) itself.EnableMeasurementEvents(instrument);
        };
        if (!hasFactory && isListening) listener.Start();

        var context = await UseOneAsync(kept, isDisposed);

        Assert.True(SpinWait.SpinUntil(() => IsCollected(context), TestTimeout.Default));
    }

    /// <summary>So is a clock that is asked: that costs more than all the rest.</summary>
    [Fact]
    public async Task METER_NobodyListens_AllocatesNothingAndMeasuresNothing()
    {
        using var kept = new KeptMeasurements(isListening: false);
        await using var context = Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept, Time = new CountedClock() });
        await using var pull = new PullSocket(context);
        var meter = new EndpointMeter(pull, "tcp", isIncoming: true);
        var error = new ZmtpException("no", FaultOrigin.Local, mayRetry: true);
        var clock = (CountedClock)context.Options.Time;
        Measure();
        var asked = clock.Asked;

        Assert.Equal(0, OwnAllocations.LeastOf(Measure));
        Assert.Equal(asked, clock.Asked);

        kept.Listen();
        Measure();
        Assert.Equal(asked + 2, clock.Asked);

        void Measure()
        {
            meter.EndHandshake(meter.BeginHandshake(), error);
            meter.EndConnection(TimeSpan.FromSeconds(1), error);
            meter.CountFailure(error);
        }
    }

    [Fact]
    public void ERRORTYPE_EachRule_HasAWordOfItsOwn()
    {
        var words = Enum.GetValues<ProtocolError>().Select(static error => WordOf(new ZmtpProtocolException(error, ""))).ToArray();

        Assert.Equal(words.Length, words.Distinct().Count());
        Assert.All(words, static word => Assert.Matches("^[a-z]+(_[a-z]+)*$", word));
        Assert.Contains("mechanism_mismatch", words);
    }

    [Fact]
    public void ERRORTYPE_Others_AreOfASmallSet()
    {
        Assert.Equal("_OTHER", WordOf(new ZmtpProtocolException((ProtocolError)4711, "")));
        Assert.Equal("denied", WordOf(new ZmtpAuthenticationException(AuthenticationStatus.Denied, "Ann", "")));
        Assert.Equal("_OTHER", WordOf(new ZmtpAuthenticationException((AuthenticationStatus)299, "", "")));
        Assert.Equal("revoked", WordOf(new ZmtpRevokedException("ann", "", "")));
        Assert.Equal("timed_out", WordOf(new ZmtpException("", FaultOrigin.Network, mayRetry: true, new SocketException((int)SocketError.TimedOut))));
        Assert.Equal(
            ["peer", "local", "caller", "network"],
            Enum.GetValues<FaultOrigin>().Select(static origin => WordOf(new ZmtpException("", origin, mayRetry: true))));
    }

    private static string WordOf(ZmtpException error) => ErrorTypes.Of(error);

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0].Replace("Observable", "", StringComparison.Ordinal);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> UseOneAsync(KeptMeasurements? kept, bool isDisposed)
    {
        var context = Searched.NewContext(new ZmtpContextOptions { MeterFactory = kept });
        var push = new PushSocket(context);
        if (!isDisposed) return new WeakReference(context);
        await using var pull = new PullSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push, "inproc");
        await context.DisposeAsync().WithinAsync();
        return new WeakReference(context);
    }

    private static bool IsCollected(WeakReference context)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return !context.IsAlive;
    }

    [GeneratedRegex(@"^\| `(?<name>zmtp\.[\w.]+)` \| (?<kind>\w+) \| `(?<unit>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    private sealed class CountedClock : TimeProvider
    {
        private long _asked;

        public long Asked => Volatile.Read(ref _asked);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _asked);
            return base.GetTimestamp();
        }
    }
}
