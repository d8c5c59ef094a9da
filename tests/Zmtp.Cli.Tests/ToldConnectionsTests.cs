using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Cli.Tests;

/// <summary>What a command that goes on tells of its connections, and how it learns that one is gone.</summary>
public sealed class ToldConnectionsTests
{
    private static readonly byte[] Http = Octets.Text("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a scanner\r\nAccept: */*\r\n\r\n");

    private readonly TestConsole _console = new();

    [Fact]
    public async Task Recv_APeerThatBreaksARuleLater_IsToldWithTheReason()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*");
        await using var peer = await RawPeer.ConnectAsync(await recv.EndpointAsync());
        await DeclareTooMuchAsync(peer);
        Assert.Matches("^[0-9]+ was disconnected: .* octets", await _console.WaitForErrorAsync("tcp://127.0.0.1:"));
    }

    /// <summary>This end asked to be let in, and has refused nobody: the reason says who did what.</summary>
    [Fact]
    public async Task Recv_ConnectsToWhatHasBecomeAStranger_IsNotSaidToHaveRefusedIt()
    {
        await using var listener = RawListener.Open();
        await using var recv = Cli.Start(_console, "recv", listener.Endpoint);
        await using (var peer = await listener.AcceptAsync()) await peer.Handshake31Async("PUSH");
        await using var stranger = await listener.AcceptAsync();
        await stranger.SendAsync(Http);

        Assert.StartsWith(listener.Endpoint, await _console.WaitForErrorAsync("No connection with "), StringComparison.Ordinal);
        Assert.DoesNotContain("Refused", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Req_AnIdentityThatIsTaken_IsToldBeforeTheTimeIsOver()
    {
        await using var context = Searched.NewContext();
        await using var router = new RouterSocket(context);
        var endpoint = await router.BindAsync("tcp://127.0.0.1:*");
        await using var first = new DealerSocket(context, new() { RoutingId = Octets.Text("x") });
        first.Connect(endpoint);
        await first.WaitForPeerAsync(TestTimeout.Default);

        await using var req = Cli.Start(_console, "req", endpoint, "ping", "--identity", "x", "--timeout", "1h");
        Assert.Matches("^was disconnected: .*Identity", await _console.WaitForErrorAsync(endpoint));
    }

    /// <summary>That each attempt gets in first makes no news of it.</summary>
    [Fact]
    public async Task Recv_IsTurnedAwayAfterEachHandshake_IsOneLine()
    {
        await using var listener = RawListener.Open();
        await using var recv = Cli.Start(_console, "recv", listener.Endpoint);
        for (var i = 0; i < 3; i++)
        {
            await using var peer = await listener.AcceptAsync();
            await peer.Handshake31Async("PUSH");
        }

        // Another fault, after which nothing of the others is to come.
        await using var stranger = await listener.AcceptAsync();
        await stranger.SendAsync(Http);
        await _console.WaitForErrorAsync("No connection with ");
        Assert.Single(_console.Errors.Split('\n'), static line => line.Contains(" was disconnected: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Recv_StrangersByTheHundred_AreAFewLines()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*");
        var endpoint = await recv.EndpointAsync();
        for (var i = 0; i < 500; i++)
        {
            await using var stranger = await RawPeer.ConnectAsync(endpoint);
            await stranger.SendAsync(Http);
            await stranger.ReadToCloseAsync();
        }

        // One with another fault, after which nothing of the others is to come.
        await using var peer = await RawPeer.ConnectAsync(endpoint);
        await DeclareTooMuchAsync(peer);
        await _console.WaitForErrorAsync("tcp://127.0.0.1:");
        var refusals = _console.Errors.Split('\n').Count(static line => line.Contains("HTTP", StringComparison.Ordinal));
        Assert.InRange(refusals, 1, 10);
    }

    /// <summary>That each gets in first makes no news of what it does then.</summary>
    [Fact]
    public async Task Recv_PeersThatGetInAndBreakARule_AreAFewLines()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*");
        var endpoint = await recv.EndpointAsync();
        for (var i = 0; i < 50; i++)
        {
            await using var peer = await RawPeer.ConnectAsync(endpoint);
            await DeclareTooMuchAsync(peer);
            await peer.ReadToCloseAsync();
        }

        await using var stranger = await RawPeer.ConnectAsync(endpoint);
        await stranger.SendAsync(Http);
        await _console.WaitForErrorAsync("Refused ");
        var ends = _console.Errors.Split('\n').Count(static line => line.Contains(" was disconnected: ", StringComparison.Ordinal));
        Assert.InRange(ends, 1, 5);
    }

    [Fact]
    public async Task Recv_AClientWhoseCertificateIsTakenAway_IsToldOf()
    {
        using var directory = new TemporaryDirectory();
        var server = directory.WriteCertificate("server.txt", out var key);
        Directory.CreateDirectory(directory["clients"]);
        var ann = directory.WriteCertificate("clients/ann.txt", out _);
        using var certificate = Certificate.Load(ann);
        await using var recv = Cli.Start(
            _console, "recv", "--bind", "tcp://127.0.0.1:*", "--cert", server, "--certs", directory["clients"]);
        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context, new() { Security = CurveSecurity.Client(certificate, key) });
        push.Connect(await recv.EndpointAsync());
        await push.WaitForPeerAsync(TestTimeout.Default);

        File.Delete(ann);
        File.Delete(ann + Certificate.SecretSuffix);
        Assert.Matches("^[0-9]+ was disconnected: ", await _console.WaitForErrorAsync("tcp://127.0.0.1:"));
    }

    [Fact]
    public async Task Sub_AServerThatFallsSilent_IsAskedAndThenConnectedToAgain()
    {
        var time = new TimersTold();
        await using var listener = RawListener.Open();
        await using var sub = Cli.Start(new TestConsole { Time = time }, "sub", listener.Endpoint, "--connect-timeout", "1h");
        await using var server = await listener.AcceptAsync();
        await server.Handshake31Async("PUB");
        await server.ExpectAsync(Octets.SubscribeAll);

        await time.MadeAsync(TimeSpan.FromSeconds(10)).WithinAsync();
        time.Advance(TimeSpan.FromSeconds(10));
        await server.ReadCommandAsync("PING");
        var again = listener.AcceptAsync();
        while (!again.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await using var second = await again;
    }

    /// <summary>A publisher that is not received from does not read our PING, and is not dead.</summary>
    [Fact]
    public async Task Proxy_APublisherOfItsXSub_IsSentNoPing()
    {
        var time = new TimersTold();
        await using var listener = RawListener.Open();
        await using var proxy = Cli.Start(
            new TestConsole { Time = time }, "proxy", listener.Endpoint, "tcp://127.0.0.1:*", "--type", "xsub/xpub", "--frontend-connect");
        await using var publisher = await listener.AcceptAsync();
        await publisher.Handshake31Async("XPUB");
        await using var context = Searched.NewContext();
        await using var sub = new SubSocket(context);
        sub.Subscribe("a");
        sub.Connect(await proxy.EndpointAsync());
        await publisher.ReadCommandAsync("SUBSCRIBE");

        time.Advance(TimeSpan.FromSeconds(10));
        sub.Subscribe("b");
        await publisher.ReadCommandAsync("SUBSCRIBE");
    }

    private static async Task DeclareTooMuchAsync(RawPeer peer)
    {
        await peer.Handshake31Async("PUSH");
        await peer.SendAsync("02 00 00 01 00 00 00 00 00");
    }
}
