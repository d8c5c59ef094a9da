using System.Text.Json;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Cli.Tests;

/// <summary>"zmtp check" against our own sockets: what they do when they refuse is what users meet.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestConsole _console = new();
    private readonly ZmtpContext _context = Searched.NewContext();

    public void Dispose()
    {
        _context.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Check_AnOpenPeer_ShowsEveryStepAndThePeersMetadata()
    {
        var endpoint = await BindAsync(new RouterSocket(_context, new() { RoutingId = "server"u8.ToArray() }));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", endpoint));

        Assert.Contains("Connected to " + endpoint, _console.Output, StringComparison.Ordinal);
        Assert.Contains("ZMTP 3.1, mechanism NULL", _console.Output, StringComparison.Ordinal);
        Assert.Contains("ROUTER", _console.Output, StringComparison.Ordinal);
        Assert.Contains("server", _console.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\\a", "utf-8", "\\a")]
    [InlineData("\u00fc", "utf-8", "\u00fc")]
    [InlineData(null, "hex", "ff")]
    public async Task Check_MetadataOfThePeer_IsEscapedOnceInJson(string? identity, string encoding, string expected)
    {
        byte[] octets = identity is null ? [0xFF] : System.Text.Encoding.UTF8.GetBytes(identity);
        var endpoint = await BindAsync(new RouterSocket(_context, new() { RoutingId = octets }));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", endpoint, "--json"));

        using var json = JsonDocument.Parse(_console.Output);
        var peer = json.RootElement.GetProperty("peer");
        Assert.Equal(encoding, peer.GetProperty("encoding").GetString());
        Assert.Equal(expected, peer.GetProperty("metadata").GetProperty("Identity").GetString());
    }

    [Theory]
    [InlineData(SocketType.Pub)]
    [InlineData(SocketType.Sub)]
    [InlineData(SocketType.Pull)]
    [InlineData(SocketType.Push)]
    [InlineData(SocketType.Pair)]
    [InlineData(SocketType.Rep)]
    [InlineData(SocketType.Req)]
    public async Task Check_WithoutAType_FindsOneThatFits(SocketType type)
    {
        var endpoint = await BindAsync(Create(type, new()));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", endpoint, "--json"));

        using var json = JsonDocument.Parse(_console.Output);
        Assert.Equal("Success", json.RootElement.GetProperty("outcome").GetString());
        Assert.Equal(SocketTypes.ToToken(type), json.RootElement.GetProperty("peerSocketType").GetString());
    }

    [Fact]
    public async Task Check_ATypeThatDoesNotFit_SaysSo()
    {
        var endpoint = await BindAsync(new PubSocket(_context));
        Assert.Equal(ExitCode.SocketTypeMismatch, await Cli.RunAsync(_console, "check", endpoint, "--type", "req"));
    }

    [Fact]
    public async Task Check_ATypeThatDoesNotFitAPeerThatNamesItsOwn_NamesBoth()
    {
        await using var listener = RawListener.Open();
        var peer = PlayAsync(listener, async peer =>
        {
            await peer.ExchangeGreetingsAsync(Octets.Greeting31());
            await peer.SendAsync(Octets.Ready("PUB"));
            await peer.ReadToCloseAsync();
        });
        Assert.Equal(ExitCode.SocketTypeMismatch, await Cli.RunAsync(_console, "check", listener.Endpoint, "--type", "req"));
        await peer;
        Assert.Contains("A REQ socket does not talk to the peer's PUB socket", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WhileThePeerIsThinking_ShowsTheStepsThatAreOver()
    {
        await using var listener = RawListener.Open();
        var peer = PlayAsync(listener, async peer =>
        {
            await peer.ExchangeGreetingsAsync(Octets.Greeting31());
            await _console.WaitForOutputAsync("Connected to ");
            await _console.WaitForOutputAsync("The peer speaks ZMTP 3.1");
            await peer.SendAsync(Octets.Ready("ROUTER"));
            await peer.ReadToCloseAsync();
        });
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", listener.Endpoint));
        await peer;
    }

    [Fact]
    public async Task Check_APeerThatHangsUpOnTypesThatDoNotFit_IsAskedWithTheOthers()
    {
        await using var listener = RawListener.Open();
        var peer = Task.Run(async () =>
        {
            for (var served = false; !served;)
            {
                await PlayAsync(listener, async peer =>
                {
                    await peer.ExchangeGreetingsAsync(Octets.Greeting31());
                    var ready = await peer.ReadCommandAsync("READY");
                    served = ready.Body.AsSpan().IndexOf("PUSH"u8) >= 0;
                    if (!served) return;
                    await peer.SendAsync(Octets.Ready("PULL"));
                    await peer.ReadToCloseAsync();
                });
            }
        });
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", listener.Endpoint));
        await peer.WithinAsync();
        Assert.Contains("the peer is a PULL socket", _console.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("failed", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SeveralTypesInTurn_ShowsEachStepOnce()
    {
        var endpoint = await BindAsync(new SubSocket(_context));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", endpoint));

        Assert.Equal(_console.Lines.Distinct(), _console.Lines);
        Assert.DoesNotContain("failed", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WithoutAType_SaysHowOftenItConnected()
    {
        await using var listener = RawListener.Open();
        var connections = 0;
        var peer = Task.Run(async () =>
        {
            while (Volatile.Read(ref connections) < 7)
            {
                await PlayAsync(listener, async peer =>
                {
                    Interlocked.Increment(ref connections);
                    await peer.ExchangeGreetingsAsync(Octets.Greeting31());
                    await peer.ReadCommandAsync("READY");
                });
            }
        });
        Assert.Equal(ExitCode.ClosedDuringHandshake, await Cli.RunAsync(_console, "check", listener.Endpoint, "--json"));
        await peer.WithinAsync();

        using var json = JsonDocument.Parse(_console.Output);
        Assert.Equal(7, json.RootElement.GetProperty("attempts").GetInt32());
    }

    [Fact]
    public async Task Check_ATypeThatDoesNotFitAndNoneThatIsNamed_SaysThatSeveralWereTried()
    {
        var endpoint = await BindAsync(new PairSocket(_context));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", endpoint));
        Assert.Contains("socket types were tried, each with a connection of its own", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AnotherMechanism_NamesBoth()
    {
        using var keys = Searched.NewKeyPair();
        var endpoint = await BindAsync(new RouterSocket(_context, new() { Security = CurveSecurity.Server(keys, CurveClients.AllowAny) }));

        Assert.Equal(ExitCode.MechanismMismatch, await Cli.RunAsync(_console, "check", endpoint));
        Assert.Contains("configured for NULL, the peer announces \"CURVE\"", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_TheRightServerKey_Succeeds()
    {
        var server = _directory.WriteCertificate("server.txt", out var key);
        var client = _directory.WriteCertificate("client.txt", out _);
        using var certificate = Zap.Certificate.Load(server);
        var security = CurveSecurity.Server(certificate.KeyPair, CurveClients.AllowAny);
        var endpoint = await BindAsync(new PullSocket(_context, new() { Security = security }));

        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", endpoint, "--curve-server-key", key.ToString()));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", endpoint, "--curve-server-key", server, "--cert", client));
    }

    [Fact]
    public async Task Check_AWrongServerKey_IsSuspected()
    {
        using var keys = Searched.NewKeyPair();
        var wrong = _directory.WriteCertificate("wrong.txt", out _);
        var endpoint = await BindAsync(new RouterSocket(_context, new() { Security = CurveSecurity.Server(keys, CurveClients.AllowAny) }));

        Assert.Equal(ExitCode.ServerKeySuspected, await Cli.RunAsync(_console, "check", endpoint, "--curve-server-key", wrong));
        Assert.Contains("server key", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AServerThatIsSilentAfterHello_SuspectsTheKey()
    {
        var key = _directory.WriteCertificate("key.txt", out _);
        await using var listener = RawListener.Open();
        var peer = PlayAsync(listener, async peer =>
        {
            await peer.ExchangeGreetingsAsync(Octets.Greeting31("CURVE", asServer: true));
            await peer.ReadToCloseAsync();
        });

        // Not shorter: HELLO has to have left by then, also on a machine that is busy compiling. The peer waits for longer.
        var code = await Cli.RunAsync(_console, "check", listener.Endpoint, "--curve-server-key", key, "--timeout", "3s");
        await peer;
        Assert.Equal(ExitCode.ServerKeySuspected, code);
    }

    [Theory]
    [InlineData(AuthenticationStatus.Denied, 30)]
    [InlineData(AuthenticationStatus.InternalError, 32)]
    [InlineData(AuthenticationStatus.TemporaryError, 25)]
    public async Task Check_AVerdict_HasItsOwnCode(AuthenticationStatus status, int code)
    {
        var verdict = status switch
        {
            AuthenticationStatus.Denied => AuthenticationResult.Denied("no"),
            AuthenticationStatus.InternalError => AuthenticationResult.InternalError("no"),
            _ => AuthenticationResult.TemporaryError("no"),
        };
        _context.Use(new FixedVerdict(verdict));
        var endpoint = await BindAsync(new RouterSocket(_context, new() { Security = PlainSecurity.Server() }));
        _console.With("ZMTP_PLAIN_PASSWORD", "hunter2");

        Assert.Equal((ExitCode)code, await Cli.RunAsync(_console, "check", endpoint, "--plain-user", "ann"));
        Assert.DoesNotContain("hunter2", _console.Output + _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AClientKeyThatIsRefused_IsDeniedAndNotTakenForAWrongServerKey()
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        using var certificate = Zap.Certificate.Load(server);
        _context.Use(new FixedVerdict(AuthenticationResult.Denied("no")));
        var endpoint = await BindAsync(new RouterSocket(_context, new() { Security = CurveSecurity.Server(certificate.KeyPair) }));

        Assert.Equal(ExitCode.Denied, await Cli.RunAsync(_console, "check", endpoint, "--curve-server-key", server));
    }

    [Fact]
    public async Task Check_ThePasswordAsked_GoesToTheServer()
    {
        var users = _directory.Write("users.txt", "ann=pw\n");
        using var authenticator = new Zap.Authenticator();
        authenticator.ConfigurePlain("*", users);
        _context.Use(authenticator);
        var endpoint = await BindAsync(new RouterSocket(_context, new() { Security = PlainSecurity.Server() }));

        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console.Answering("pw"), "check", endpoint, "--plain-user", "ann"));
        var file = _directory.Write("pw.txt", "pw\n");
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", endpoint, "--plain-user", "ann", "--plain-password-file", file));
    }

    private async Task<string> BindAsync(ZmtpSocket socket) => await socket.BindAsync("tcp://127.0.0.1:*").WithinAsync();

    private ZmtpSocket Create(SocketType type, SocketOptions options) => type switch
    {
        SocketType.Pub => new PubSocket(_context, options),
        SocketType.Sub => new SubSocket(_context, options),
        SocketType.Pull => new PullSocket(_context, options),
        SocketType.Push => new PushSocket(_context, options),
        SocketType.Pair => new PairSocket(_context, options),
        SocketType.Rep => new RepSocket(_context, options),
        _ => new ReqSocket(_context, options),
    };

    private static async Task PlayAsync(RawListener listener, Func<RawPeer, Task> script)
    {
        await using var peer = await listener.AcceptAsync();
        await script(peer);
    }
}
