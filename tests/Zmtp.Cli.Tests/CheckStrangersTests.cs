using System.Text.Json;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Cli.Tests;

/// <summary>"zmtp check" where no ZMTP 3 peer is: wrong addresses, and listeners that speak something else.</summary>
public sealed class CheckStrangersTests
{
    // Not shorter: what the peer sends has to have come by then, also on a machine that is busy compiling. The peer waits for longer.
    private const string EnoughToBegin = "3s";

    private readonly TestConsole _console = new();

    [Theory]
    [InlineData("localhost:5555")]
    [InlineData("tcp://localhost")]
    [InlineData("tcp://localhost:99999")]
    [InlineData("tcp://*:5555")]
    [InlineData("inproc://here")]
    [InlineData("udp://localhost:5555")]
    public async Task Check_ABadEndpoint_SaysWhatIsWrong(string endpoint)
    {
        Assert.Equal(ExitCode.BadEndpoint, await Cli.RunAsync(_console, "check", endpoint));
        Assert.StartsWith("failed  endpoint", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AnUnknownName_IsNotFound()
    {
        // RFC 2606 keeps "invalid" free of names. The system asks its resolvers, where there are any: one that is out of reach costs it some
        // 10 s to 40 s before it knows that nobody answers.
        var code = await Cli.RunAsync(_console, TimeSpan.FromSeconds(90), "check", "tcp://nobody.invalid:5555", "--timeout", "60s");
        Assert.Equal(ExitCode.NameNotFound, code);
        Assert.Contains("failed  name", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ANameOfThisMachine_ShowsItsAddresses()
    {
        await using var listener = RawListener.Open();
        var peer = PlayAsync(listener, async peer =>
        {
            await peer.ExchangeGreetingsAsync(Octets.Greeting31());
            await peer.SendAsync(Octets.Ready("ROUTER"));
            await peer.ReadToCloseAsync();
        });
        var endpoint = listener.Endpoint.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "check", endpoint));
        await peer;
        Assert.Contains("localhost is ", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NobodyListening_IsRefused()
    {
        await using var reserved = RawListener.Reserve();
        Assert.Equal(ExitCode.Refused, await Cli.RunAsync(_console, "check", reserved.Endpoint));
    }

    [Fact]
    public async Task Check_AnIpcPathThatIsNotThere_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        Assert.Equal(ExitCode.Refused, await Cli.RunAsync(_console, "check", $"ipc://{directory["none"]}"));
        Assert.Contains("no such path", _console.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "A web server answers there: \"HTTP/1.1 400 Bad Request\"")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n", "An SSH server answers there: \"SSH-2.0-OpenSSH_9.2p1\"")]
    [InlineData("220 mail.example.org ESMTP\r\n", "A mail or FTP server")]
    [InlineData("-ERR unknown command\r\n", "A Redis or POP3 server")]
    [InlineData("hello there\n", "it begins with \"hello there\"")]
    [InlineData("\u0015\u0003\u0003\u0000\u0002\u0002\u0028", "A TLS server answers there")]
    [InlineData("\u0002\u0001\u001b[2J", "its first octets are 02011B5B324A")]
    public async Task Check_AnotherProtocol_IsNamed(string banner, string expected)
    {
        Assert.Equal(ExitCode.NotZmtp, await CheckAsync(async peer =>
        {
            await peer.SendAsync(Octets.Text(banner));
            await peer.ReadToCloseAsync();
        }));
        Assert.Contains(expected, _console.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AZmtp2Peer_IsLegacy()
    {
        Assert.Equal(ExitCode.LegacyVersion, await CheckAsync(async peer =>
        {
            await peer.SendAsync(Octets.Greeting20Dealer);
            await peer.ReadToCloseAsync();
        }));
        Assert.Contains("ZMTP 2.0", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AZmtp1Peer_IsLegacy()
    {
        Assert.Equal(ExitCode.LegacyVersion, await CheckAsync(async peer =>
        {
            await peer.SendAsync("01 00");
            await peer.ReadToCloseAsync();
        }));
        Assert.Contains("ZMTP 1.0", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_APeerThatClosesWithoutAWord_SaysSo()
    {
        Assert.Equal(ExitCode.ClosedDuringHandshake, await CheckAsync(async peer =>
        {
            await peer.ReadAsync(64);
            peer.ShutdownSend();
            await peer.ReadToCloseAsync();
        }));
        Assert.Contains("closed it without a word", _console.Output, StringComparison.Ordinal);
    }

    /// <summary>As libzmq does where its mechanism is not ours; here it does not say which one it is either when it is asked once more.</summary>
    [Fact]
    public async Task Check_APeerThatClosesInTheMiddleOfItsGreeting_NamesTheMechanism()
    {
        Assert.Equal(ExitCode.ClosedDuringHandshake, await CheckAsync(async peer =>
        {
            await peer.SendAsync(Octets.Greeting31()[..10]);
            await peer.ReadAsync(64);
            peer.ShutdownSend();
            await peer.ReadToCloseAsync();
        }));
        Assert.Contains("mechanism is not ours, NULL", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_APeerThatResetsAfterItsGreeting_IsClosedDuringHandshake()
    {
        Assert.Equal(ExitCode.ClosedDuringHandshake, await CheckAsync(async peer =>
        {
            await peer.ExchangeGreetingsAsync(Octets.Greeting31());
            peer.Reset();
        }));
        Assert.Contains("sent its greeting and hung up", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ASilentListener_IsATimeout()
    {
        Assert.Equal(ExitCode.HandshakeTimeout, await CheckAsync(async peer => await peer.ReadToCloseAsync(), "--timeout", EnoughToBegin));
        Assert.Contains("said nothing", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_APeerThatStopsAfterItsGreeting_IsATimeout()
    {
        Assert.Equal(ExitCode.HandshakeTimeout, await CheckAsync(
            async peer =>
            {
                await peer.ExchangeGreetingsAsync(Octets.Greeting31());
                await peer.ReadToCloseAsync();
            },
            "--timeout",
            EnoughToBegin));
        Assert.Contains("ZMTP 3.1", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_APeerThatSendsNonsenseInItsHandshake_IsAProtocolError() =>
        Assert.Equal(ExitCode.ProtocolError, await CheckAsync(async peer =>
        {
            await peer.ExchangeGreetingsAsync(Octets.Greeting31());
            await peer.SendAsync(Octets.Command("HULLO"));
            await peer.ReadToCloseAsync();
        }));

    [Fact]
    public async Task Check_AnError300_IsTemporary() =>
        Assert.Equal(ExitCode.TemporaryError, await CheckAsync(async peer =>
        {
            await peer.ExchangeGreetingsAsync(Octets.Greeting31());
            await peer.SendAsync(Octets.Error("300"));
            peer.ShutdownSend();
            await peer.ReadToCloseAsync();
        }));

    [Fact]
    public async Task Check_AFailureAsJson_HasOutcomeCodeAndSteps()
    {
        await using var reserved = RawListener.Reserve();
        await Cli.RunAsync(_console, "check", reserved.Endpoint, "--json");

        using var json = JsonDocument.Parse(_console.Output);
        Assert.Equal("Refused", json.RootElement.GetProperty("outcome").GetString());
        Assert.Equal(12, json.RootElement.GetProperty("exitCode").GetInt32());
        var last = json.RootElement.GetProperty("steps").EnumerateArray().Last();
        Assert.Equal("connect", last.GetProperty("stage").GetString());
        Assert.False(last.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Check_Interrupted_SaysSo()
    {
        await using var listener = RawListener.Open();
        await using var running = Cli.Start(_console, "check", listener.Endpoint, "--timeout", "1m");
        await using var peer = await listener.AcceptAsync();
        await peer.ReadAsync(64);

        Assert.Equal(ExitCode.Interrupted, await running.InterruptAsync());
    }

    private async Task<ExitCode> CheckAsync(Func<RawPeer, Task> script, params string[] more)
    {
        await using var listener = RawListener.Open();
        var peer = PlayAsync(listener, script);
        var code = await Cli.RunAsync(_console, ["check", listener.Endpoint, "--type", "dealer", .. more]);
        await peer.WithinAsync();
        return code;
    }

    private static async Task PlayAsync(RawListener listener, Func<RawPeer, Task> script)
    {
        await using var peer = await listener.AcceptAsync();
        await script(peer);
    }
}
