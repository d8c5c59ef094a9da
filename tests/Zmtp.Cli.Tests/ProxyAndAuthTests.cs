using System.Runtime.Versioning;
using System.Text.Json;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>"zmtp proxy" and "zmtp auth".</summary>
public sealed class ProxyAndAuthTests : IDisposable
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
    public async Task Proxy_RouterDealer_PassesRequestsAndRepliesOnAndCountsThem()
    {
        await using var rep = Cli.Start(new TestConsole(), "rep", "--bind", "tcp://127.0.0.1:*");
        await using var proxy = Cli.Start(_console, "proxy", "tcp://127.0.0.1:*", await rep.EndpointAsync(), "--backend-connect", "--json");
        var client = new TestConsole();
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(client, "req", await proxy.EndpointAsync(), "one", "two"));
        Assert.Equal(["one", "two"], client.Lines);

        Assert.Equal(ExitCode.Success, await proxy.InterruptAsync());
        using var json = JsonDocument.Parse(_console.Output);
        Assert.Equal(2, json.RootElement.GetProperty("forward").GetProperty("messages").GetInt64());
        Assert.Equal(2, json.RootElement.GetProperty("backward").GetProperty("messages").GetInt64());
    }

    [Fact]
    public async Task Proxy_PullPush_WithSecurityOnOneSide()
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        await using var pull = new PullSocket(_context);
        var target = await pull.BindAsync("tcp://127.0.0.1:*");
        await using var proxy = Cli.Start(
            _console, "proxy", "tcp://127.0.0.1:*", target, "--type", "pull/push", "--backend-connect",
            "--frontend-cert", server, "--frontend-allow-any");
        var endpoint = await proxy.EndpointAsync();

        Assert.Equal(ExitCode.MechanismMismatch, await Cli.RunAsync(new TestConsole(), "send", endpoint, "x"));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(new TestConsole(), "send", endpoint, "x", "--curve-server-key", server));
        using var message = await pull.ReceiveAsync().WithinAsync();
        Assert.Equal("x", message.AsString());
        Assert.Equal(ExitCode.Success, await proxy.InterruptAsync());
        Assert.Contains("front to back: 1 messages, 1 octets", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_ConnectsToBothEnds_PassesOnAndGivesCopiesToWhoCaptures()
    {
        await using var push = new PushSocket(_context);
        await using var pull = new PullSocket(_context);
        await using var proxy = Cli.Start(
            _console, "proxy", await push.BindAsync("tcp://127.0.0.1:*"), await pull.BindAsync("tcp://127.0.0.1:*"), "--type", "pull/push",
            "--frontend-connect", "--backend-connect", "--capture", "tcp://127.0.0.1:*");
        await using var sub = new SubSocket(_context);
        sub.Subscribe("");
        sub.Connect(await proxy.EndpointAsync());

        // The subscription is there once something arrives.
        var copy = sub.ReceiveAsync(TestTimeout.Token).AsTask();
        while (!copy.IsCompleted)
        {
            await push.SendAsync("x", TestTimeout.Token);
            using var message = await pull.ReceiveAsync(TestTimeout.Token);
            Assert.Equal("x", message.AsString());
        }

        using var captured = await copy;
        Assert.Equal("x", captured.AsString());
        Assert.Equal(ExitCode.Success, await proxy.InterruptAsync());
    }

    [Fact]
    public async Task Proxy_XSubXPub_TellsThePublisherWhatIsWantedAndPassesThatOn()
    {
        await using var source = new XPubSocket(_context);
        await using var proxy = Cli.Start(
            _console, "proxy", await source.BindAsync("tcp://127.0.0.1:*"), "tcp://127.0.0.1:*", "--type", "xsub/xpub", "--frontend-connect", "--json");
        var subscriber = new TestConsole();
        await using var sub = Cli.Start(subscriber, "sub", await proxy.EndpointAsync(), "a", "--count", "1");
        using (var wanted = await source.ReceiveAsync().WithinAsync()) Assert.Equal("\u0001a", wanted.AsString());

        await source.SendAsync("berry");
        await source.SendAsync("apple");
        Assert.Equal(ExitCode.Success, await sub.EndAsync());
        Assert.Equal(["apple"], subscriber.Lines);
        using (var ended = await source.ReceiveAsync().WithinAsync()) Assert.Equal("\0a", ended.AsString());

        Assert.Equal(ExitCode.Success, await proxy.InterruptAsync());
        using var json = JsonDocument.Parse(_console.Output);
        Assert.Equal(1, json.RootElement.GetProperty("forward").GetProperty("messages").GetInt64());
        Assert.Equal(2, json.RootElement.GetProperty("backward").GetProperty("messages").GetInt64());
    }

    /// <summary>A last-value cache greets each subscriber.</summary>
    [Fact]
    public async Task Proxy_XSubXPub_TellsASourceThatAsksForItOfEachSubscriber()
    {
        await using var source = new XPubSocket(_context, new() { XPubVerbose = true });
        await using var proxy = Cli.Start(
            _console, "proxy", await source.BindAsync("tcp://127.0.0.1:*"), "tcp://127.0.0.1:*", "--type", "xsub/xpub", "--frontend-connect");
        var endpoint = await proxy.EndpointAsync();
        await using var one = new SubSocket(_context);
        await using var other = new SubSocket(_context);
        foreach (var sub in new[] { one, other })
        {
            sub.Subscribe("a");
            sub.Connect(endpoint);
            using var wanted = await source.ReceiveAsync().WithinAsync();
            Assert.Equal("\u0001a", wanted.AsString());
        }
    }

    [UnixTheory]
    [InlineData("frontend")]
    [InlineData("backend")]
    [UnsupportedOSPlatform("windows")]
    public async Task Proxy_ASecretFileThatOthersMayRead_NamesTheOptionOfItsSide(string side)
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        File.SetUnixFileMode(server + "_secret", UnixFileMode.UserRead | UnixFileMode.GroupRead);
        string[] proxy = ["proxy", "tcp://127.0.0.1:*", "tcp://127.0.0.1:*", $"--{side}-cert", server, $"--{side}-allow-any"];
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, proxy));
        Assert.Contains($" --{side}-allow-others ", _console.Errors, StringComparison.Ordinal);

        await using var running = Cli.Start(new TestConsole(), [.. proxy, $"--{side}-allow-others"]);
        Assert.StartsWith("tcp://127.0.0.1:", await running.EndpointAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Auth_ShowsEachDecision()
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        Directory.CreateDirectory(_directory["clients"]);
        var ann = _directory.WriteCertificate("clients/ann.txt", out var annsKey);
        var eve = _directory.WriteCertificate("eve.txt", out var evesKey);
        await using var auth = Cli.Start(
            _console, "auth", "tcp://127.0.0.1:*", "--cert", server, "--certs", _directory["clients"], "--count", "2", "--json");
        var endpoint = await auth.EndpointAsync();
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(new TestConsole(), "check", endpoint, "--cert", ann, "--curve-server-key", server));
        Assert.Equal(ExitCode.Denied, await Cli.RunAsync(new TestConsole(), "check", endpoint, "--cert", eve, "--curve-server-key", server));
        Assert.Equal(ExitCode.Success, await auth.EndAsync());

        using var first = JsonDocument.Parse(_console.Lines[0]);
        Assert.Equal(200, first.RootElement.GetProperty("status").GetInt32());
        Assert.Equal(annsKey.ToString(), first.RootElement.GetProperty("publicKey").GetString());
        using var second = JsonDocument.Parse(_console.Lines[1]);
        Assert.Equal(400, second.RootElement.GetProperty("status").GetInt32());
        Assert.Equal(evesKey.ToString(), second.RootElement.GetProperty("publicKey").GetString());
        Assert.NotEmpty(second.RootElement.GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task Auth_Plain_ShowsTheNameAndNeverThePassword()
    {
        var users = _directory.Write("users.txt", "ann=rosebud\n");
        await using var auth = Cli.Start(_console, "auth", "tcp://127.0.0.1:*", "--passwords", users, "--count", "2");
        var endpoint = await auth.EndpointAsync();
        await Cli.RunAsync(new TestConsole().With("ZMTP_PLAIN_PASSWORD", "rosebud"), "check", endpoint, "--plain-user", "ann", "--type", "dealer");
        await Cli.RunAsync(new TestConsole().With("ZMTP_PLAIN_PASSWORD", "sesame"), "check", endpoint, "--plain-user", "eve", "--type", "dealer");
        Assert.Equal(ExitCode.Success, await auth.EndAsync());

        Assert.Matches("200  PLAIN  127.0.0.1 .* ann", _console.Lines[0]);
        Assert.Matches("400  PLAIN  127.0.0.1 .* eve", _console.Lines[1]);
        Assert.DoesNotContain("HandshakeFailed", _console.Errors, StringComparison.Ordinal);
        Assert.DoesNotMatch("rosebud|sesame", _console.Output + _console.Errors);
    }

    [Fact]
    public async Task Auth_ANameThatHasToBeEscaped_IsEscapedOnceInJsonToo()
    {
        var users = _directory.Write("users.txt", "D\\ann=rosebud\n");
        await using var auth = Cli.Start(_console, "auth", "tcp://127.0.0.1:*", "--passwords", users, "--count", "1", "--json");
        var client = new TestConsole().With("ZMTP_PLAIN_PASSWORD", "rosebud");
        Assert.Equal(
            ExitCode.Success,
            await Cli.RunAsync(client, "check", await auth.EndpointAsync(), "--plain-user", "D\\ann", "--type", "dealer"));
        Assert.Equal(ExitCode.Success, await auth.EndAsync());

        using var json = JsonDocument.Parse(_console.Output);
        Assert.Equal("D\\ann", json.RootElement.GetProperty("user").GetString());
        Assert.Equal("utf-8", json.RootElement.GetProperty("encoding").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Auth_AnIdentityThatIsNoText_IsMarkedAsHexInJsonAndNotShownToPeople(bool isJson)
    {
        var server = _directory.WriteCertificate("server.txt", out var key);
        string[] json = isJson ? ["--json"] : [];
        await using var auth = Cli.Start(
            _console, ["auth", "tcp://127.0.0.1:*", "--cert", server, "--allow-any", "--count", "1", .. json]);
        using var keys = Searched.NewKeyPair();
        await using var dealer = new DealerSocket(
            _context, new() { RoutingId = new byte[] { 0xFF, 0x5C }, Security = CurveSecurity.Client(keys, key) });
        dealer.Connect(await auth.EndpointAsync());
        await dealer.WaitForPeerAsync(TestTimeout.Default);
        Assert.Equal(ExitCode.Success, await auth.EndAsync());

        if (!isJson)
        {
            Assert.Contains("200  CURVE", _console.Output, StringComparison.Ordinal);
            Assert.Contains(keys.PublicKey.ToString(), _console.Output, StringComparison.Ordinal);
            Assert.All(_console.Lines, static line => Assert.Matches("^[ -~]+$", line));
            return;
        }

        using var line = JsonDocument.Parse(_console.Output);
        Assert.Equal("ff5c", line.RootElement.GetProperty("identity").GetString());
        Assert.Equal("hex", line.RootElement.GetProperty("encoding").GetString());
    }

    [Fact]
    public async Task Auth_Null_AsksAboutAddresses()
    {
        await using var auth = Cli.Start(_console, "auth", "tcp://127.0.0.1:*", "--deny", "127.0.0.1", "--count", "1");
        await using var push = new DealerSocket(_context);
        push.Connect(await auth.EndpointAsync());
        await Assert.ThrowsAsync<ZmtpAuthenticationException>(() => push.WaitForPeerAsync(TestTimeout.Default));

        Assert.Equal(ExitCode.Success, await auth.EndAsync());
        Assert.Contains("400  NULL", _console.Lines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xpub")]
    [InlineData("xsub")]
    public async Task Auth_OfAPatternThatPublishes_LetsItsPeersIn(string type)
    {
        await using var auth = Cli.Start(_console, "auth", "tcp://127.0.0.1:*", "--type", type, "--count", "1");
        var peer = type == "xpub" ? "xsub" : "xpub";
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(new TestConsole(), "check", await auth.EndpointAsync(), "--type", peer));
        Assert.Equal(ExitCode.Success, await auth.EndAsync());
        Assert.Contains("200  NULL", _console.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Auth_Interrupted_EndsWell()
    {
        await using var auth = Cli.Start(_console, "auth", "tcp://127.0.0.1:*");
        await auth.EndpointAsync();
        Assert.Equal(ExitCode.Success, await auth.InterruptAsync());
    }
}
