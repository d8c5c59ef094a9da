using System.Net.Sockets;
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

    [Theory]
    [MemberData(nameof(Wants))]
    public async Task Bind_NoDescriptorForAPeerAndOneHandshakeUnderWay_ThatOneIsDroppedAndTheNextAcceptedAtOnce(string want)
    {
        var transport = new Scarce(failing: 2, Of(want));
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

    /// <summary>Who finds none is turned away: with room for one at a time every second one would be.</summary>
    [Fact]
    public async Task Bind_NoDescriptorForAPeerAndManyHandshakesUnderWay_OneInEightIsDropped()
    {
        const int Many = 16;
        var transport = new Scarce(failing: Many + 1, Of("no descriptor"));
        await using var context = NewContext(transport);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        List<Stranger> silent = [];
        for (var i = 0; i < Many; i++) silent.Add(await Stranger.ConnectAsync(endpoint));
        transport.Fail();

        for (var i = 0; i < Many / 8; i++)
        {
            await silent[i].ExpectCloseAsync().WithinAsync();
            await ExpectDroppedAsync(events);
        }

        foreach (var other in silent.Skip(Many / 8))
        {
            await other.SendAsync(Octets.Greeting31(), Octets.Ready("PUSH"));
            await other.ExpectAnswerAsync();
        }

        foreach (var one in silent) await one.DisposeAsync();
    }

    [Fact]
    public async Task Bind_NoDescriptorForAPeerAndHandshakesAtAnotherListener_ThatHasMoreOfThemDropsItsOldest()
    {
        var transport = new Scarce(failing: 2, Of("no descriptor"));
        await using var others = NewContext(InMemoryTransport.Instance);
        await using var crowded = new PullSocket(others, Sut.Quick);
        var crowdedEvents = new EventLog(crowded);
        var crowdedEndpoint = await crowded.BindAsync("mem://*");
        await using var oldest = await Stranger.ConnectAsync(crowdedEndpoint);
        await using var newest = await Stranger.ConnectAsync(crowdedEndpoint);
        await using var context = NewContext(transport);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var own = await Stranger.ConnectAsync(endpoint);
        transport.Fail();

        await oldest.ExpectCloseAsync().WithinAsync();
        await ExpectDroppedAsync(crowdedEvents);
        await using var next = await Stranger.ConnectAsync(endpoint);
        Assert.DoesNotContain(events.Rest(), static one => one.Kind == SocketEventKind.HandshakeFailed);
    }

    /// <summary>Its own are as many as those of the other: who comes there is the other's no business.</summary>
    [Fact]
    public async Task Bind_NoDescriptorForAPeerAndAsManyHandshakesAtAnotherListener_ItsOwnIsDropped()
    {
        var transport = new Scarce(failing: 2, Of("no descriptor"));
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
        var transport = new Scarce(failing: 1, Of("no descriptor"));
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

    private ZmtpContext NewContext(ITransport transport) =>
        Searched.NewContext(new ZmtpContextOptions { Transports = [transport], Time = _time });

    private static ZmtpEndpointException Of(string want)
    {
        var endpoint = ZmtpEndpoint.Parse("mem://scarce");
        return want == "no descriptor"
            ? SocketFaults.CannotAccept(endpoint, new SocketException((int)SocketError.TooManyOpenSockets))
            : SocketFaults.NoDescriptorForPeers(endpoint);
    }

    private static async Task ExpectDroppedAsync(EventLog events)
    {
        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Contains("file descriptors", failed.Error!.Message, StringComparison.Ordinal);
        Assert.Equal((FaultOrigin.Local, true), (failed.Error.Origin, failed.Error.MayRetry));
    }

    /// <summary>One of its accepts fails, when the test says.</summary>
    private sealed class Scarce(int failing, ZmtpEndpointException why) : ITransport
    {
        private readonly TaskCompletionSource _isToFail = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _accepts;

        public string Scheme => InMemoryTransport.Instance.Scheme;

        public int Accepts => Volatile.Read(ref _accepts);

        public void Fail() => _isToFail.SetResult();

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(this, await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken));

        public ValueTask<TransportConnection> ConnectAsync(ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        private async ValueTask<TransportConnection> AcceptAsync(TransportListener inner, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _accepts) == failing)
            {
                await _isToFail.Task.WaitAsync(cancellationToken);
                throw why;
            }

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
