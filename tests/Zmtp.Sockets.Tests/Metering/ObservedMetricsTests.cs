using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using static Zmtp.Sockets.Tests.Support.KeptMeasurements;

namespace Zmtp.Sockets.Tests.Metering;

/// <summary>What is counted by looking, when somebody asks: what is there, and what was lost.</summary>
public sealed class ObservedMetricsTests : IDisposable
{
    private const string Connections = "zmtp.active_connections";
    private const string Sockets = "zmtp.active_sockets";
    private const string Unsent = "zmtp.messages.unsent";
    private const string Dropped = "zmtp.messages.dropped";

    private readonly KeptMeasurements _kept = new(isListening: false);

    public void Dispose() => _kept.Dispose();

    [Theory]
    [InlineData("tcp", "NULL")]
    [InlineData("tcp", "PLAIN")]
    [InlineData("tcp", "CURVE")]
    [InlineData("ipc", "NULL")]
    [InlineData("inproc", "")]
    public async Task CONNECTIONS_ListenerComesLate_IsToldOfThoseThatAreThereAndThenOfNone(string transport, string mechanism)
    {
        await using var context = Join.NewContext(new ZmtpContextOptions { MeterFactory = _kept });
        var (server, client) = Join.Roles(mechanism, Sut.Quick);
        var pull = new PullSocket(context, server);
        var events = new EventLog(pull);
        var pushes = new[] { new PushSocket(context, client), new PushSocket(context, client) };
        var endpoint = await Join.ToAsync(pull, pushes[0], transport);
        pushes[1].Connect(endpoint);
        await pushes[1].WaitForPeerAsync(TestTimeout.Default);
        var (listener, connector) = (Tags("PULL", "listener", transport, mechanism), Tags("PUSH", "connector", transport, mechanism));

        _kept.Listen();

        for (var i = 0; i < 2; i++) await events.NextAsync(SocketEventKind.HandshakeSucceeded);
        Assert.Equal(new Dictionary<string, long> { [listener] = 2, [connector] = 2 }, _kept.Ask(Connections));
        await pushes[1].DisposeAsync().WithinAsync();
        await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(new Dictionary<string, long> { [listener] = 1, [connector] = 1 }, _kept.Ask(Connections));
        await context.DisposeAsync().WithinAsync();
        Assert.Equal(new Dictionary<string, long> { [listener] = 0, [connector] = 0 }, _kept.Ask(Connections));
    }

    [Fact]
    public async Task SOCKETS_AreMadeAndClosed_AreCountedByType()
    {
        await using var context = NewContext();
        await using var others = NewContext();
        await using var pull = new PullSocket(context);
        var push = new PushSocket(context);
        await using var other = new PushSocket(others);
        _kept.Listen();

        Assert.Equal(new Dictionary<string, long> { [Of("PULL")] = 1, [Of("PUSH")] = 2 }, _kept.Ask(Sockets));
        await push.DisposeAsync();
        Assert.Equal(new Dictionary<string, long> { [Of("PULL")] = 1, [Of("PUSH")] = 1 }, _kept.Ask(Sockets));
        await context.DisposeAsync().WithinAsync();
        await others.DisposeAsync().WithinAsync();
        Assert.Equal(new Dictionary<string, long> { [Of("PULL")] = 0, [Of("PUSH")] = 0 }, _kept.Ask(Sockets));
    }

    [Fact]
    public async Task UNSENT_SocketsAndContextsGo_TheSumStays()
    {
        await using var context = NewContext();
        await using var others = NewContext();
        _kept.Listen();
        await using var pull = new PullSocket(context);
        Assert.Empty(_kept.Ask(Unsent));
        await LoseAsync(context, 2);
        Assert.Equal(new Dictionary<string, long> { [Of("PUSH")] = 2 }, _kept.Ask(Unsent));
        await LoseAsync(others, 3);
        await LoseAsync(context, 1);
        Assert.Equal(new Dictionary<string, long> { [Of("PUSH")] = 6 }, _kept.Ask(Unsent));

        await others.DisposeAsync().WithinAsync();
        await context.DisposeAsync().WithinAsync();

        Assert.Equal(new Dictionary<string, long> { [Of("PUSH")] = 6 }, _kept.Ask(Unsent));
        await using var next = NewContext();
        await LoseAsync(next, 1);
        Assert.Equal(new Dictionary<string, long> { [Of("PUSH")] = 7 }, _kept.Ask(Unsent));
        Assert.Equal(new Dictionary<string, long> { [Of("PUSH")] = 0 }, _kept.Ask(Dropped));
    }

    /// <summary>What was taken for lost and has left all the same is taken back from the socket's count.</summary>
    [Fact]
    public async Task UNSENT_SocketsCountGoesDown_TheSumDoesNot()
    {
        await using var context = NewContext();
        await using var push = new PushSocket(context);
        _kept.Listen();
        push.OnUnsent(5);
        Assert.Equal(5, _kept.Ask(Unsent)[Of("PUSH")]);

        push.OnUnsent(-2);
        Assert.Equal((3, 5), (push.UnsentCount, _kept.Ask(Unsent)[Of("PUSH")]));

        push.OnUnsent(4);
        Assert.Equal((7, 7), (push.UnsentCount, _kept.Ask(Unsent)[Of("PUSH")]));
    }

    [Fact]
    public async Task DROPPED_RouterKnowsNoSuchPeer_IsCountedAndStays()
    {
        await using var context = NewContext();
        var router = new RouterSocket(context);
        _kept.Listen();
        await router.SendAsync(Message.Of("nobody", "hello"), TestTimeout.Token);
        Assert.Equal(new Dictionary<string, long> { [Of("ROUTER")] = 1 }, _kept.Ask(Dropped));

        await router.DisposeAsync();

        Assert.Equal(new Dictionary<string, long> { [Of("ROUTER")] = 1 }, _kept.Ask(Dropped));
    }

    /// <summary>How many strangers shake hands is told by what times that, and no sign of the program's own sockets.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SOCKETS_ZapHandlerIsAsked_ThoseOfTheContextItselfAreNotCounted(bool isOfTheContext)
    {
        await using var context = NewContext();
        _kept.Listen();
        var counted = new TaskCompletionSource<(IReadOnlyDictionary<string, long> Sockets, IReadOnlyDictionary<string, long> Connections)>();
        await using var ours = isOfTheContext ? await context.ServeZapAsync(new Asked(Count)) : null;
        await using var theirs = isOfTheContext ? null : await ScriptedZapHandler.OnRepAsync(context, request =>
        {
            Count();
            return ScriptedZapHandler.Reply(request, "200");
        });
        await using var pull = new PullSocket(context, Sut.Quick with { ZapDomain = "global" });
        await using var push = new PushSocket(context, Sut.Quick);

        await Join.ToAsync(pull, push);

        var (sockets, connections) = await counted.Task.WithinAsync();
        var expected = new Dictionary<string, long> { [Of("PULL")] = 1, [Of("PUSH")] = 1 };
        if (!isOfTheContext) expected[Of("REP")] = 1;
        Assert.Equal(expected, sockets);
        Assert.DoesNotContain(connections.Keys, static one => one.Contains("DEALER", StringComparison.Ordinal) || one.Contains("ROUTER", StringComparison.Ordinal));

        void Count() => counted.TrySetResult((_kept.Ask(Sockets), _kept.Ask(Connections)));
    }

    /// <summary>Whatever the ends of connections and sockets are: nothing is left of them, and none is counted that is not there.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task CONNECTIONS_EndAtRandom_NothingIsLeft(int seed)
    {
        var random = new Random(seed);
        _kept.Listen();
        await using var context = NewContext();
        await using var bound = new RouterSocket(context, Sut.Quick with { MaxPendingHandshakes = 3 });
        var endpoints = new[] { await bound.BindAsync("tcp://127.0.0.1:*"), await bound.BindAsync(Join.Fresh("inproc")) };
        List<DealerSocket> dealers = [];
        List<RawPeer> strangers = [];
        for (var i = 1; i <= 60; i++)
        {
            await StepAsync(random.Next(6));
            Assert.All(_kept.Ask(Connections), one => Assert.InRange(one.Value, 0, i));
        }

        foreach (var stranger in strangers) await stranger.DisposeAsync();
        if (random.Next(2) == 0) foreach (var dealer in dealers) await dealer.DisposeAsync().WithinAsync();
        await context.DisposeAsync().WithinAsync();
        Assert.NotEmpty(_kept.Ask(Connections));
        Assert.All(_kept.Ask(Connections), static one => Assert.Equal(0, one.Value));
        Assert.All(_kept.Ask(Sockets), static one => Assert.Equal(0, one.Value));

        async Task StepAsync(int what)
        {
            switch (what)
            {
                case 0 or 1:
                    var dealer = new DealerSocket(context, Sut.Quick);
                    dealers.Add(dealer);
                    dealer.Connect(endpoints[what]);
                    if (random.Next(2) == 0) await dealer.WaitForPeerAsync(TestTimeout.Default);
                    break;
                case 2 when dealers.Count > 0:
                    var gone = dealers[random.Next(dealers.Count)];
                    dealers.Remove(gone);
                    await gone.DisposeAsync().WithinAsync();
                    break;
                case 3 or 4:
                    var stranger = await RawPeer.ConnectAsync(endpoints[0]);
                    strangers.Add(stranger);
                    if (what == 3) await stranger.Handshake31Async("DEALER");
                    break;
                case 5 when strangers.Count > 0:
                    var reset = strangers[random.Next(strangers.Count)];
                    strangers.Remove(reset);
                    reset.Reset();
                    break;
            }
        }
    }

    private ZmtpContext NewContext() => Searched.NewContext(new ZmtpContextOptions { MeterFactory = _kept });

    private static string Of(string socketType) => $"zmtp.socket.type={socketType}";

    private static async Task LoseAsync(ZmtpContext context, int count)
    {
        await using var push = new PushSocket(context, Sut.Quick);
        push.Connect("inproc://nobody");
        for (var i = 0; i < count; i++) await push.SendAsync("hello", TestTimeout.Token);
    }

    /// <summary>Lets everybody in, and tells of it before.</summary>
    private sealed class Asked(Action tell) : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            tell();
            return new(AuthenticationResult.Success());
        }
    }
}
