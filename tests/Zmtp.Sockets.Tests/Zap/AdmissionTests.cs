using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>
/// Whoever lets a peer in learns when it is gone, whichever way it goes, and can send it away: asked directly or by frames.
/// </summary>
public sealed class AdmissionTests
{
    /// <summary>Less than a ZAP handler may take: that is not what ends a handshake here.</summary>
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(1);

    public static TheoryData<string, bool> Ways
    {
        get
        {
            var ways = new TheoryData<string, bool>();
            foreach (var mechanism in new[] { "NULL", "PLAIN", "CURVE" })
            {
                ways.Add(mechanism, false);
                ways.Add(mechanism, true);
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ADMISSION_PeerHangsUp_IsOver(string mechanism, bool byFrames)
    {
        await using var house = await House.OpenAsync(mechanism, byFrames);
        var raw = await house.Sut.RawConnectsAsync();
        var client = await RawClient.KnockAsync(raw, mechanism);
        await client.ExpectLetInAsync();
        var admission = await house.AdmittedAsync();
        await house.Sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        Assert.False(admission.IsOver);

        await raw.DisposeAsync();

        await house.OverAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ADMISSION_PeerHangsUpBetweenVerdictAndReady_IsOver(string mechanism, bool byFrames)
    {
        await using var house = await House.OpenAsync(mechanism, byFrames);
        var raw = await house.Sut.RawConnectsAsync();
        await RawClient.KnockAsync(raw, mechanism);
        await house.AdmittedAsync();

        await raw.DisposeAsync();

        await house.OverAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ADMISSION_SocketDisposed_IsOver(string mechanism, bool byFrames)
    {
        await using var house = await House.OpenAsync(mechanism, byFrames);
        var client = await RawClient.KnockAsync(await house.Sut.RawConnectsAsync(), mechanism);
        await client.ExpectLetInAsync();
        await house.AdmittedAsync();

        await house.Sut.Socket.DisposeAsync().WithinAsync();

        await house.OverAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ADMISSION_HandshakeThatStopsAfterTheVerdict_IsOverAtTheHandshakeTime(bool byFrames)
    {
        var time = new FakeTimeProvider();
        await using var house = await House.OpenAsync("PLAIN", byFrames, time);
        var raw = await house.Sut.RawConnectsAsync();
        await RawClient.KnockAsync(raw, "PLAIN");
        await raw.ExpectAsync(Octets.PlainWelcome);
        Assert.False((await house.AdmittedAsync()).IsOver);

        time.Advance(HandshakeTimeout);

        await house.OverAsync();
        await house.Sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ADMISSION_SocketTypeThatDoesNotFit_IsOver(bool byFrames)
    {
        await using var house = await House.OpenAsync("CURVE", byFrames);
        await RawClient.KnockAsync(await house.Sut.RawConnectsAsync(), "CURVE", "SUB");
        await house.AdmittedAsync();
        await house.OverAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ADMISSION_PeerThatThePatternRefuses_IsOver(bool byFrames)
    {
        await using var context = Searched.NewContext();
        var authenticator = new Keeping();
        await using var served = byFrames ? await context.ServeZapAsync(authenticator) : null;
        if (!byFrames) context.Use(authenticator);
        await using var router = new RouterSocket(context, TestServers.Asking("NULL"));
        var endpoint = await router.BindAsync("tcp://127.0.0.1:*");
        await using var one = await RawPeer.ConnectAsync(endpoint);
        await (await RawClient.KnockAsync(one, "NULL", "DEALER", "ABC")).ExpectLetInAsync();
        await authenticator.AdmittedAsync();
        await router.WaitForPeerAsync(TestTimeout.Default);
        await using var two = await RawPeer.ConnectAsync(endpoint);
        await RawClient.KnockAsync(two, "NULL", "DEALER", "ABC");
        await authenticator.AdmittedAsync();
        await authenticator.OverAsync();
        Assert.Equal(1, authenticator.Present);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ADMISSION_VerdictAfterTheHandshakeTime_IsOverAtOnce(bool byFrames)
    {
        var time = new FakeTimeProvider();
        await using var house = await House.OpenAsync("NULL", byFrames, time);
        var late = new TaskCompletionSource();
        house.Authenticator.Wait = late.Task;
        await RawClient.KnockAsync(await house.Sut.RawConnectsAsync(), "NULL");
        await house.Authenticator.AskedAsync();
        time.Advance(HandshakeTimeout);
        await house.Sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        late.SetResult();
        await house.AdmittedAsync();
        await house.OverAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ADMISSION_Revoked_EndsTheConnectionWithOneEventThatSaysWhoAndWhy(string mechanism, bool byFrames)
    {
        await using var house = await House.OpenAsync(mechanism, byFrames);
        var raw = await house.Sut.RawConnectsAsync();
        var client = await RawClient.KnockAsync(raw, mechanism);
        await client.ExpectLetInAsync();
        await client.SendAsync("before");
        var admission = await house.AdmittedAsync();
        Assert.Equal("before", await house.Sut.Socket.NextAsync());

        Assert.True(admission.Revoke("Its time is over."));

        var gone = await house.Sut.Events.NextAsync(SocketEventKind.Disconnected);
        var error = Assert.IsType<ZmtpRevokedException>(gone.Error);
        Assert.Equal(("joe", "Its time is over."), (error.UserId, error.Reason));
        Assert.Contains("Its time is over.", error.Message, StringComparison.Ordinal);
        Assert.Contains("joe", error.Message, StringComparison.Ordinal);
        Assert.False(error.MayRetry);
        await raw.ExpectCloseAsync();
        await house.OverAsync();
        Assert.Equal(0, house.Sut.Socket.PeerCount);
    }

    [Fact]
    public async Task ADMISSION_RevokedWithMessagesInTheQueue_TheyAreStillDelivered()
    {
        await using var house = await House.OpenAsync("NULL", byFrames: false);
        var client = await RawClient.KnockAsync(await house.Sut.RawConnectsAsync(), "NULL");
        await client.ExpectLetInAsync();
        await client.SendTogetherAsync("one", "two");
        var admission = await house.AdmittedAsync();
        Assert.Equal("one", await house.Sut.Socket.NextAsync());
        await client.SendAsync("three");
        admission.Revoke("Its time is over.");
        await house.Sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal("two", await house.Sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ADMISSION_RevokedBeforeReady_EndsTheHandshake(bool byFrames)
    {
        await using var house = await House.OpenAsync("PLAIN", byFrames);
        var raw = await house.Sut.RawConnectsAsync();
        await RawClient.KnockAsync(raw, "PLAIN");
        var admission = await house.AdmittedAsync();
        admission.Revoke("Its time is over.");
        var failed = await house.Sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.IsType<ZmtpRevokedException>(failed.Error);
        await house.OverAsync();
        Assert.Equal(0, house.Sut.Socket.PeerCount);
    }

    [Fact]
    public async Task ADMISSION_ServerThatConnects_EndsToo()
    {
        await using var context = Searched.NewContext();
        var authenticator = new Keeping();
        context.Use(authenticator);
        await using var server = new PullSocket(context, TestServers.Asking("CURVE"));
        var events = new EventLog(server);
        await using var client = new PushSocket(context, Sut.Quick with { Security = TestSecurity.Client("CURVE") });
        server.Connect(await client.BindAsync("tcp://127.0.0.1:*"));
        var admission = await authenticator.AdmittedAsync();
        await server.WaitForPeerAsync(TestTimeout.Default);
        admission.Revoke("Its time is over.");
        Assert.IsType<ZmtpRevokedException>((await events.NextAsync(SocketEventKind.Disconnected)).Error);
        await authenticator.OverAsync();
    }

    [Fact]
    [Spec("ZAP-11")]
    public async Task ADMISSION_RequestOfAnotherContext_IsNotTakenForOneOfOurs()
    {
        await using var remote = Searched.NewContext();
        var authenticator = new Keeping();
        await using var served = await remote.ServeZapAsync(authenticator);
        await using var far = await ZapProxy.StartAsync(remote, "tcp://127.0.0.1:*", remote, "inproc://zeromq.zap.01");
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("PLAIN")));
        sut.Keep(await ZapProxy.StartAsync(sut.Context, "inproc://zeromq.zap.01", sut.Context, far.Endpoint));

        var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), "PLAIN");
        await client.ExpectLetInAsync();

        await authenticator.AdmittedAsync();
        await authenticator.OverAsync();
        await client.SendAsync("hello");
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    /// <summary>A PULL server whose authenticator keeps every admission.</summary>
    private sealed class House : IAsyncDisposable
    {
        private House(Sut<PullSocket> sut) => Sut = sut;

        public Sut<PullSocket> Sut { get; }

        public Keeping Authenticator { get; } = new();

        public static async Task<House> OpenAsync(string mechanism, bool byFrames, TimeProvider? time = null)
        {
            var options = TestServers.Asking(mechanism);
            if (time is not null) options = options with { HandshakeTimeout = HandshakeTimeout };
            var house = new House(await Support.Sut.BoundAsync(context => new PullSocket(context, options), time));
            if (byFrames) house.Sut.Keep(await house.Sut.Context.ServeZapAsync(house.Authenticator));
            else house.Sut.Context.Use(house.Authenticator);
            return house;
        }

        public Task<Admission> AdmittedAsync() => Authenticator.AdmittedAsync();

        public Task OverAsync() => Authenticator.OverAsync();

        public ValueTask DisposeAsync() => Sut.DisposeAsync();
    }

    /// <summary>Lets everybody in as joe, and keeps what it gives.</summary>
    private sealed class Keeping : IAuthenticator
    {
        private readonly Channel<bool> _asked = Channel.CreateUnbounded<bool>();
        private readonly Channel<Admission> _given = Channel.CreateUnbounded<Admission>();
        private readonly Channel<bool> _over = Channel.CreateUnbounded<bool>();
        private int _present;

        public Task Wait { get; set; } = Task.CompletedTask;

        public int Present => Volatile.Read(ref _present);

        public Task AskedAsync() => _asked.Reader.ReadAsync(TestTimeout.Token).AsTask();

        public Task<Admission> AdmittedAsync() => _given.Reader.ReadAsync(TestTimeout.Token).AsTask();

        public Task OverAsync() => _over.Reader.ReadAsync(TestTimeout.Token).AsTask();

        public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            _asked.Writer.TryWrite(true);
            await Wait;
            Interlocked.Increment(ref _present);
            var admission = new Admission(() =>
            {
                Interlocked.Decrement(ref _present);
                _over.Writer.TryWrite(true);
            });
            _given.Writer.TryWrite(admission);
            return AuthenticationResult.Success("joe", admission: admission);
        }
    }
}
