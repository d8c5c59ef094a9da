using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Lifecycle;

public class WaitForPeerTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task NobodyListens_SaysSo()
    {
        await using var nobody = RawListener.Reserve();
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        push.Connect(nobody.Endpoint);
        var error = await ReasonAsync(push);
        Assert.Contains("nobody listens there", error.Message, StringComparison.Ordinal);
        Assert.True(error.MayRetry);
    }

    [Fact]
    public async Task NothingWasTried_ThrowsTimeoutException()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        await push.BindAsync("tcp://127.0.0.1:*");
        await Assert.ThrowsAsync<TimeoutException>(() => push.WaitForPeerAsync(Short));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PeerHasComeSentAndLeft_WaitThatBeganBeforeHasItAndOneThatBeginsAfterHasNot(bool binds)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        var events = new EventLog(pull);
        var before = pull.WaitForPeerAsync(TestTimeout.Default);
        if (binds) push.Connect(await pull.BindAsync("tcp://127.0.0.1:*"));
        else pull.Connect(await push.BindAsync("tcp://127.0.0.1:*"));
        await push.SendAsync("the only one");
        await push.CloseAsync(Timeout.InfiniteTimeSpan).WithinAsync();
        await events.NextAsync(SocketEventKind.Disconnected);

        var why = await Record.ExceptionAsync(() => pull.WaitForPeerAsync(TimeSpan.Zero));

        Assert.True(why is TimeoutException or ZmtpException, $"{why}");
        Assert.Equal(SocketType.Push, (await before).SocketType);
        Assert.True(pull.TryReceive(out var message));
        using (message) Assert.Equal("the only one", message.AsString());
    }

    [Fact]
    public async Task NoEndpoint_SaysSo()
    {
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = new FakeTimeProvider() });
        await using var push = new PushSocket(context);
        Assert.Contains("neither bound nor connected", await TimeOverAsync(push), StringComparison.Ordinal);

        push.Connect("inproc://left-again");
        await push.DisconnectAsync("inproc://left-again");
        Assert.Contains("neither bound nor connected", await TimeOverAsync(push), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnlyBound_SaysWhereAndNothingOfAttempts()
    {
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = new FakeTimeProvider() });
        await using var push = new PushSocket(context);
        string[] endpoints = [await push.BindAsync("tcp://127.0.0.1:*"), await push.BindAsync("inproc://bound")];

        var text = await TimeOverAsync(push);

        Assert.Contains($"listens at {string.Join(", ", endpoints)}; nobody is there", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Timeout", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InprocNameOfNobody_SaysThatItIsNotBoundInThisContext()
    {
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = new FakeTimeProvider() });
        await using var push = new PushSocket(context);
        push.Connect("inproc://nobody");

        var text = await TimeOverAsync(push);

        Assert.Contains("inproc://nobody is not bound in this context", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Timeout", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AttemptUnderWay_NamesTheTimesThatItMayTake()
    {
        await using var context = Searched.NewContext(new ZmtpContextOptions
        {
            Time = new FakeTimeProvider(), Transports = [.. new ZmtpContextOptions().Transports, new NeverConnects()],
        });
        await using var silent = RawListener.Open();
        await using var push = new PushSocket(context);
        push.Connect("never://ends");
        push.Connect(silent.Endpoint);
        await using var accepted = await silent.AcceptAsync();

        var text = await TimeOverAsync(push);

        foreach (var part in (string[])["never://ends", silent.Endpoint, "Transport.ConnectTimeout", "HandshakeTimeout"])
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("listens", text, StringComparison.Ordinal);
    }

    /// <summary>Its greeting does not tell that it is the server, as libzmq's does not: both wait for HELLO.</summary>
    [Fact]
    public async Task HandshakeUnderWay_SaysWhatHasComeAndWhatThatMayMean()
    {
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = new FakeTimeProvider() });
        await using var other = RawListener.Open();
        await using var silent = RawListener.Open();
        await using var push = new PushSocket(context, new() { Security = PlainSecurity.Server() });
        push.Connect(other.Endpoint);
        await using var first = await other.AcceptAsync();
        await first.SendAsync(Octets.Greeting31("PLAIN"));
        string text;
        var until = TestTimeout.Token;
        do
        {
            until.ThrowIfCancellationRequested();
            await Task.Yield();
            text = await TimeOverAsync(push);
        }
        while (text.Contains("is made soon", StringComparison.Ordinal));

        Assert.Contains($"The peer at {other.Endpoint} has not finished its handshake", text, StringComparison.Ordinal);
        Assert.Contains("HandshakeTimeout", text, StringComparison.Ordinal);
        Assert.Contains("both ends are configured as the PLAIN server", text, StringComparison.Ordinal);

        push.Connect(silent.Endpoint);
        text = await TimeOverAsync(push);
        Assert.Contains($"The peer at {other.Endpoint} has not finished its handshake", text, StringComparison.Ordinal);
        Assert.Contains($"An attempt to connect to {silent.Endpoint} is under way", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnotherEndpoint_ReasonOfOneThatIsOverIsNotTheReason(bool disconnects)
    {
        await using var context = Join.NewContext();
        await using var wrong = new PubSocket(context);
        await using var nobody = RawListener.Reserve();
        await using var push = new PushSocket(context);
        var log = new EventLog(push);
        var over = disconnects ? nobody.Endpoint : await wrong.BindAsync("tcp://127.0.0.1:*");
        push.Connect(over);
        await log.NextAsync(disconnects ? SocketEventKind.ConnectRetried : SocketEventKind.ConnectStopped);
        if (disconnects) await push.DisconnectAsync(over);

        push.Connect("inproc://nobody");
        await Assert.ThrowsAsync<TimeoutException>(() => push.WaitForPeerAsync(TimeSpan.Zero));
    }

    [Fact]
    public async Task AnotherEndpoint_ReasonOfOneThatIsStillTriedStays()
    {
        await using var context = Join.NewContext();
        await using var nobody = RawListener.Reserve();
        await using var push = new PushSocket(context, new() { ReconnectInterval = TestTimeout.Default });
        push.Connect(nobody.Endpoint);
        await ReasonAsync(push);

        push.Connect("inproc://nobody");
        var error = await Assert.ThrowsAnyAsync<ZmtpException>(() => push.WaitForPeerAsync(TimeSpan.Zero));
        Assert.Contains("nobody listens there", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_Throws()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        using var source = new CancellationTokenSource();
        var waiting = push.WaitForPeerAsync(Timeout.InfiniteTimeSpan, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WithinAsync());
    }

    [Fact]
    public async Task WrongMechanism_FailsAtOnceOnTheConnectingSide()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { Security = PlainSecurity.Server() });
        await using var push = new PushSocket(context);
        push.Connect(await pull.BindAsync("tcp://127.0.0.1:*"));

        var error = await Assert.ThrowsAsync<ZmtpProtocolException>(() => push.WaitForPeerAsync(Timeout.InfiniteTimeSpan).WithinAsync());
        Assert.Equal(ProtocolError.MechanismMismatch, error.Error);
        Assert.IsType<ZmtpProtocolException>(await ReasonAsync(pull));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task WrongSocketType_FailsAtOnceOnTheConnectingSide(string transport)
    {
        await using var context = Join.NewContext();
        await using var pub = new PubSocket(context);
        await using var push = new PushSocket(context);
        push.Connect(await pub.BindAsync(Join.Fresh(transport)));

        // Who sees it first says so: we ourselves, or the peer in its ERROR.
        var error = await Assert.ThrowsAnyAsync<ZmtpException>(() => push.WaitForPeerAsync(Timeout.InfiniteTimeSpan).WithinAsync());
        Assert.False(error.MayRetry);
    }

    [Fact]
    public async Task Refused_SaysWhyOnBothSides()
    {
        await using var context = Searched.NewContext();
        context.Use(new Refuses());
        await using var pull = new PullSocket(context, new() { Security = PlainSecurity.Server() });
        await using var push = new PushSocket(context, new() { Security = PlainSecurity.Client("admin", "wrong") });
        push.Connect(await pull.BindAsync("tcp://127.0.0.1:*"));

        var there = await Assert.ThrowsAsync<ZmtpAuthenticationException>(() => push.WaitForPeerAsync(TestTimeout.Default));
        Assert.Contains("400", there.Message, StringComparison.Ordinal);
        Assert.IsType<ZmtpAuthenticationException>(await ReasonAsync(pull));
    }

    [Fact]
    public async Task OneEndpointGivenUpAndAnotherGood_FindsThePeer()
    {
        await using var context = Join.NewContext();
        await using var wrong = new PubSocket(context);
        await using var right = new PullSocket(context);
        await using var push = new PushSocket(context);
        var log = new EventLog(push);
        push.Connect(await wrong.BindAsync("tcp://127.0.0.1:*"));
        await log.NextAsync(SocketEventKind.ConnectStopped);

        push.Connect(await right.BindAsync("tcp://127.0.0.1:*"));

        Assert.Equal(SocketType.Pull, (await push.WaitForPeerAsync(TestTimeout.Default)).SocketType);
    }

    [Theory]
    [InlineData("tcp", false)]
    [InlineData("inproc", false)]
    [InlineData("tcp", true)]
    [InlineData("inproc", true)]
    public async Task OneEndpointGivenUpWhileAnotherMayStillBringAPeer_WaitsForThat(string transport, bool binds)
    {
        await using var context = Join.NewContext();
        await using var wrong = new PubSocket(context);
        await using var right = new PullSocket(context);
        await using var push = new PushSocket(context);
        var log = new EventLog(push);
        var endpoint = Join.Fresh("inproc");
        if (binds) await push.BindAsync(endpoint);
        else push.Connect(endpoint);
        var early = push.WaitForPeerAsync(TestTimeout.Default);
        push.Connect(await wrong.BindAsync(Join.Fresh(transport)));
        await log.NextAsync(SocketEventKind.ConnectStopped);
        var late = push.WaitForPeerAsync(TestTimeout.Default);
        Assert.False(early.IsCompleted);
        Assert.False(late.IsCompleted);
        var reason = await Assert.ThrowsAnyAsync<ZmtpException>(() => push.WaitForPeerAsync(TimeSpan.Zero));
        Assert.False(reason.MayRetry);

        if (binds) right.Connect(endpoint);
        else await right.BindAsync(endpoint);

        Assert.Equal(SocketType.Pull, (await early).SocketType);
        Assert.Equal(SocketType.Pull, (await late).SocketType);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task AllEndpointsGivenUp_FailsAtOnce(string transport)
    {
        await using var context = Join.NewContext();
        await using var wrong = new PubSocket(context);
        await using var push = new PushSocket(context);
        string[] endpoints = [await wrong.BindAsync(Join.Fresh(transport)), await wrong.BindAsync(Join.Fresh(transport))];
        foreach (var endpoint in endpoints) push.Connect(endpoint);

        await Assert.ThrowsAnyAsync<ZmtpException>(() => push.WaitForPeerAsync(Timeout.InfiniteTimeSpan).WithinAsync());
    }

    [Fact]
    public async Task PeerWasThereAndLeft_OldFailuresAreNotTheReason()
    {
        await using var context = Join.NewContext();
        await using var bound = new PushSocket(context);
        var log = new EventLog(bound);
        var boundEndpoint = await bound.BindAsync("tcp://127.0.0.1:*");
        await using (var stranger = new PubSocket(context))
        {
            stranger.Connect(boundEndpoint);
            await log.NextAsync(SocketEventKind.HandshakeFailed);
        }

        await using (var pull = new PullSocket(context))
        {
            pull.Connect(boundEndpoint);
            await bound.WaitForPeerAsync(TestTimeout.Default);
        }

        Assert.True(SpinWait.SpinUntil(() => bound.PeerCount == 0, TestTimeout.Default));
        await Assert.ThrowsAsync<TimeoutException>(() => bound.WaitForPeerAsync(Short));
    }

    /// <summary>ZMTP has no word for a refusal after the handshake, so it is the pattern that says it, and no attempt of this end.</summary>
    [Fact]
    public async Task PatternRefusesWhoCame_SaysSo()
    {
        await using var context = Searched.NewContext(
            new ZmtpContextOptions { Transports = [.. new ZmtpContextOptions().Transports, new NeverConnects()] });
        await using var pair = new PairSocket(context, Sut.Quick);
        var events = new EventLog(pair);
        pair.Connect("never://ends");
        await using var raw = await RawPeer.ConnectAsync(await pair.BindAsync("tcp://127.0.0.1:*"));
        await raw.Handshake31Async("PAIR");
        var refused = await events.NextAsync(SocketEventKind.HandshakeFailed);

        var error = await Assert.ThrowsAsync<ZmtpException>(() => pair.WaitForPeerAsync(TimeSpan.Zero));

        Assert.Same(refused.Error, error);
    }

    /// <summary>What one is told who waits in vain where no attempt has failed.</summary>
    private static async Task<string> TimeOverAsync(ZmtpSocket socket) =>
        (await Assert.ThrowsAsync<TimeoutException>(() => socket.WaitForPeerAsync(TimeSpan.Zero))).Message;

    /// <summary>What one is told who waits in vain, from the time on when an attempt has failed: before, it is the time that is over.</summary>
    private static async Task<ZmtpException> ReasonAsync(ZmtpSocket socket)
    {
        var until = TestTimeout.Token;
        while (true)
        {
            var error = await Record.ExceptionAsync(() => socket.WaitForPeerAsync(TimeSpan.FromMilliseconds(1)));
            if (error is not TimeoutException) return Assert.IsAssignableFrom<ZmtpException>(error);
            until.ThrowIfCancellationRequested();
        }
    }

    private sealed class Refuses : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
            new(AuthenticationResult.Denied("No access"));
    }
}
