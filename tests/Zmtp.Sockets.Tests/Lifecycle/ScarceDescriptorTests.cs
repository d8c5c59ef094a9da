using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>No descriptor is left for a peer: one whose handshake is under way makes room, anywhere in the process.</summary>
[Collection(AloneCollection.Name)]
public sealed class ScarceDescriptorTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // Where nobody moves it, what waits for it does not come.
    private readonly TimersTold _time = new();

    public static TheoryData<string> Wants { get; } = ["no descriptor for peers", "no descriptor"];

    /// <summary>
    /// As many of an address as leave it one, up to eight, and one in eight of more; where each address has one, a single one. Who finds no descriptor
    /// is turned away: with room for one at a time every second one would be.
    /// </summary>
    public static TheoryData<string> Crowds { get; } =
    [
        "aBCDEFGHIJKLMNOP",
        "ABCDEFGHIJKLMNoO",
        "aaaaAFGHIJ",
        "aaAAbBB",
        "aaaaaaaaAAAA",
        new string('a', 10) + new string('A', 70),
    ];

    [Theory]
    [MemberData(nameof(Wants))]
    public async Task Bind_NoDescriptorForAPeerAndOneHandshakeUnderWay_ThatOneIsDroppedAndTheNextAcceptedAtOnce(string want)
    {
        var transport = new Scarce([2], Of(want));
        await using var context = NewContext(transport);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var silent = await Stranger.ConnectAsync(endpoint);
        transport.Fail();

        await silent.ExpectCloseAsync().WithinAsync();
        await ExpectDroppedAsync(events);
        await using var next = await Stranger.ConnectAsync(endpoint);
    }

    /// <summary>Each letter is an address, in the order in which they come; whose letter is small is dropped.</summary>
    [Theory]
    [MemberData(nameof(Crowds))]
    public async Task Bind_NoDescriptorForAPeerAndManyHandshakesUnderWay_SomeOfTheAddressesWithTheMostAreDropped(string crowd)
    {
        var transport = new Scarce([crowd.Length + 1], Of("no descriptor"));
        await using var context = NewContext(transport);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        List<Stranger> present = [];
        foreach (var letter in crowd) present.Add(await Stranger.ConnectAsync(endpoint, $"192.0.2.{(int)char.ToUpperInvariant(letter)}"));
        transport.Fail();

        foreach (var (dropped, _) in present.Zip(crowd).Where(static one => char.IsLower(one.Second)))
        {
            await dropped.ExpectCloseAsync().WithinAsync();
            await ExpectDroppedAsync(events);
        }

        // All have been dropped that are to be.
        await using var next = await Stranger.ConnectAsync(endpoint);
        foreach (var (other, _) in present.Zip(crowd).Where(static one => char.IsUpper(one.Second))) await ExpectServedAsync(other);
        foreach (var one in present) await one.DisposeAsync();
    }

    /// <summary>Somebody else in the process, or the system, takes what is given back: all handshakes would be dropped for nothing.</summary>
    [Fact]
    public async Task Bind_NoDescriptorForAPeerThoughSomeWereDropped_OthersAreDroppedAfterAPauseOnly()
    {
        const int Many = 16;
        var transport = new Scarce([Many + 1, Many + 2, Many + 3], Of("no descriptor"));
        await using var context = NewContext(transport);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        List<Stranger> silent = [];
        for (var i = 0; i < Many; i++) silent.Add(await Stranger.ConnectAsync(endpoint));
        transport.Fail();
        transport.Fail();

        await _time.MadeAsync(Pause).WithinAsync();
        for (var i = 0; i < Many / 2; i++) await silent[i].ExpectCloseAsync().WithinAsync();
        await ExpectServedAsync(silent[^1]);
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);
        transport.Fail();
        _time.Advance(Pause);

        for (var i = Many / 2; i < Many - 2; i++) await silent[i].ExpectCloseAsync().WithinAsync();
        await using var next = await Stranger.ConnectAsync(endpoint);
        await ExpectServedAsync(silent[^2]);
        foreach (var one in silent) await one.DisposeAsync();
    }

    [Fact]
    public async Task Bind_NoDescriptorForAPeerAgainSinceOneWasAccepted_RoomIsMadeAtOnce()
    {
        var transport = new Scarce([3, 5], Of("no descriptor"));
        await using var context = NewContext(transport);
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("mem://*");
        await using var oldest = await Stranger.ConnectAsync(endpoint);
        await using var older = await Stranger.ConnectAsync(endpoint);
        transport.Fail();
        await oldest.ExpectCloseAsync().WithinAsync();
        await using var next = await Stranger.ConnectAsync(endpoint);
        transport.Fail();

        await older.ExpectCloseAsync().WithinAsync();
        await using var newest = await Stranger.ConnectAsync(endpoint);
    }

    [Theory]
    [InlineData("192.0.2.9")]
    [InlineData("192.0.2.8")]
    public async Task Bind_NoDescriptorForAPeerAndHandshakesAtAnotherListener_ThatHasMoreOfThemDropsItsOldest(string address)
    {
        var transport = new Scarce([2], Of("no descriptor"));
        await using var others = NewContext(InMemoryTransport.Instance);
        await using var crowded = new PullSocket(others, Sut.Quick);
        var crowdedEvents = new EventLog(crowded);
        var crowdedEndpoint = await crowded.BindAsync("mem://*");
        await using var oldest = await Stranger.ConnectAsync(crowdedEndpoint, "192.0.2.9");
        await using var newest = await Stranger.ConnectAsync(crowdedEndpoint, address);
        await using var context = NewContext(transport);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var own = await Stranger.ConnectAsync(endpoint, "192.0.2.1");
        transport.Fail();

        await oldest.ExpectCloseAsync().WithinAsync();
        await ExpectDroppedAsync(crowdedEvents);
        await using var next = await Stranger.ConnectAsync(endpoint);
        Assert.DoesNotContain(events.Rest(), static one => one.Kind == SocketEventKind.HandshakeFailed);
    }

    /// <summary>However many come to a busy endpoint: none of them crowds anybody.</summary>
    [Fact]
    public async Task Bind_NoDescriptorForAPeerAndOneAddressCrowdsAQuieterListener_ThatAddressMakesRoom()
    {
        var transport = new Scarce([4], Of("no descriptor"));
        await using var others = NewContext(InMemoryTransport.Instance);
        await using var quiet = new PullSocket(others, Sut.Quick);
        var quietEvents = new EventLog(quiet);
        var quietEndpoint = await quiet.BindAsync("mem://*");
        await using var older = await Stranger.ConnectAsync(quietEndpoint, "192.0.2.9");
        await using var newer = await Stranger.ConnectAsync(quietEndpoint, "192.0.2.9");
        await using var context = NewContext(transport);
        await using var busy = new PullSocket(context, Sut.Quick);
        var endpoint = await busy.BindAsync("mem://*");
        List<Stranger> good = [];
        for (var i = 0; i < 3; i++) good.Add(await Stranger.ConnectAsync(endpoint, $"192.0.2.{i}"));
        transport.Fail();

        await older.ExpectCloseAsync().WithinAsync();
        await ExpectDroppedAsync(quietEvents);
        foreach (var one in good) await ExpectServedAsync(one);
        foreach (var one in good) await one.DisposeAsync();
    }

    [Fact]
    public async Task HANDSHAKE_DroppedForADescriptor_IsTimedAsCrowdedOut()
    {
        using var kept = new KeptMeasurements();
        var transport = new Scarce([2], Of("no descriptor"));
        await using var context = NewContext(transport, kept);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        await using var silent = await Stranger.ConnectAsync(await pull.BindAsync("mem://*"));
        transport.Fail();

        await ExpectDroppedAsync(events);
        Assert.Equal(
            [KeptMeasurements.Tags("PULL", "listener", "mem", error: "crowded_out")],
            kept.TagsOf("zmtp.handshake.duration"));
    }

    /// <summary>Those of the process are known to one another, as long as they are there.</summary>
    [Fact]
    public async Task Bind_SocketIsDisposedOf_IsNotKept()
    {
        await using var context = NewContext(InMemoryTransport.Instance);
        var socket = await UseOneAsync(context);

        Assert.True(SpinWait.SpinUntil(() => IsCollected(socket), TestTimeout.Default));
    }

    /// <summary>Its own are as many as those of the other: who comes there is the other's no business.</summary>
    [Fact]
    public async Task Bind_NoDescriptorForAPeerAndAsManyHandshakesAtAnotherListener_ItsOwnIsDropped()
    {
        var transport = new Scarce([2], Of("no descriptor"));
        await using var others = NewContext(InMemoryTransport.Instance);
        await using var other = new PullSocket(others, Sut.Quick);
        await using var spared = await Stranger.ConnectAsync(await other.BindAsync("mem://*"));
        await using var context = NewContext(transport);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var own = await Stranger.ConnectAsync(endpoint);
        transport.Fail();

        await own.ExpectCloseAsync().WithinAsync();
        await ExpectDroppedAsync(events);
    }

    [Fact]
    public async Task Bind_NoDescriptorForAPeerAndNobodyToDrop_TheNextIsAcceptedAfterAPause()
    {
        var transport = new Scarce([1], Of("no descriptor"));
        await using var others = NewContext(InMemoryTransport.Instance);
        var closed = new PullSocket(others, Sut.Quick);
        await using var left = await Stranger.ConnectAsync(await closed.BindAsync("mem://*"));
        await closed.DisposeAsync();
        await using var context = NewContext(transport);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        transport.Fail();
        await events.NextAsync(SocketEventKind.AcceptFailed);

        await _time.MadeAsync(Pause).WithinAsync();
        Assert.Equal(1, transport.Accepts);
        _time.Advance(Pause);

        await using var next = await Stranger.ConnectAsync(endpoint);
    }

    private ZmtpContext NewContext(ITransport transport, KeptMeasurements? kept = null) =>
        Searched.NewContext(new ZmtpContextOptions { Transports = [transport], Time = _time, MeterFactory = kept });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> UseOneAsync(ZmtpContext context)
    {
        await using var pull = new PullSocket(context, Sut.Quick);
        await using (await Stranger.ConnectAsync(await pull.BindAsync("mem://*")))
        {
        }

        return new WeakReference(pull);
    }

    private static bool IsCollected(WeakReference reference)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return !reference.IsAlive;
    }

    private static ZmtpEndpointException Of(string want)
    {
        var endpoint = ZmtpEndpoint.Parse("mem://scarce");
        return want == "no descriptor"
            ? SocketFaults.CannotAccept(endpoint, new SocketException((int)SocketError.TooManyOpenSockets))
            : SocketFaults.NoDescriptorForPeers(endpoint);
    }

    private static async Task ExpectServedAsync(Stranger stranger)
    {
        await stranger.SendAsync(Octets.Greeting31(), Octets.Ready("PUSH"));
        await stranger.ExpectAnswerAsync();
    }

    private static async Task ExpectDroppedAsync(EventLog events)
    {
        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Contains("file descriptors", failed.Error!.Message, StringComparison.Ordinal);
        Assert.Equal((FaultOrigin.Local, true), (failed.Error.Origin, failed.Error.MayRetry));
    }

    /// <summary>Some of its accepts fail, by their number, when the test says.</summary>
    private sealed class Scarce(int[] failing, ZmtpEndpointException why) : ITransport
    {
        private readonly Channel<Exception> _faults = Channel.CreateUnbounded<Exception>();
        private int _accepts;

        public string Scheme => InMemoryTransport.Instance.Scheme;

        public int Accepts => Volatile.Read(ref _accepts);

        public void Fail() => _faults.Writer.TryWrite(why);

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(this, await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken));

        public ValueTask<TransportConnection> ConnectAsync(ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        private async ValueTask<TransportConnection> AcceptAsync(TransportListener inner, CancellationToken cancellationToken)
        {
            if (failing.Contains(Interlocked.Increment(ref _accepts))) throw await _faults.Reader.ReadAsync(cancellationToken);

            return await inner.AcceptAsync(cancellationToken);
        }

        private sealed class Listener(Scarce scarce, TransportListener inner) : TransportListener
        {
            public override ZmtpEndpoint Endpoint => inner.Endpoint;

            public override ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken) =>
                scarce.AcceptAsync(inner, cancellationToken);

            public override ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
