using System.Globalization;
using System.Text;
using System.Text.Json;
using Zmtp.Sockets;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>send, recv, req, rep, pub and sub: to each other and to our sockets.</summary>
public sealed class MessageTests : IDisposable
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
    public async Task Send_ArgumentsPartsAndFiles_ArriveInOrder()
    {
        await using var pull = new PullSocket(_context);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        var file = _directory.Write("body.bin", "line\nline\n");
        var code = await Cli.RunAsync(_console, "send", endpoint, "one", "two", "--part", "", "--part", "b", "--file", file, "--json");

        Assert.Equal(ExitCode.Success, code);
        Assert.Equal(["one"], await FramesAsync(pull));
        Assert.Equal(["two"], await FramesAsync(pull));
        Assert.Equal(["", "b"], await FramesAsync(pull));
        Assert.Equal(["line\nline\n"], await FramesAsync(pull));
        Assert.Equal("{\"messages\":4,\"octets\":17,\"dropped\":0}", _console.Lines.Single());
    }

    [Fact]
    public async Task Send_StandardInput_SendsEachLine()
    {
        await using var pull = new PullSocket(_context);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console.Reading("a\tb\r\n\nlast"), "send", endpoint, "--delimiter", "\\t"));

        Assert.Equal(["a", "b"], await FramesAsync(pull));
        Assert.Equal([""], await FramesAsync(pull));
        Assert.Equal(["last"], await FramesAsync(pull));
    }

    [Fact]
    public async Task Send_HexAndCount_SendsTheOctetsSoManyTimes()
    {
        await using var pull = new PullSocket(_context);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "send", endpoint, "--hex", "00 ff", "--count", "2"));

        for (var i = 0; i < 2; i++)
        {
            using var message = await pull.ReceiveAsync().WithinAsync();
            Assert.Equal([0x00, 0xFF], message.ToArray());
        }
    }

    [Fact]
    public async Task Send_ToNobody_EndsWithTheCause()
    {
        await using var reserved = Testing.Peers.RawListener.Reserve();
        Assert.Equal(ExitCode.Refused, await Cli.RunAsync(_console, "send", reserved.Endpoint, "x", "--connect-timeout", "200ms"));
        Assert.Contains("nobody listens there", _console.Errors, StringComparison.Ordinal);
        Assert.Contains("zmtp check", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_ToAListenerThatSaysNothing_EndsWithTheCause()
    {
        await using var listener = Testing.Peers.RawListener.Open();

        // Not shorter: the attempt has to end by its own limit, a part of this, also on a machine that is busy compiling.
        Assert.Equal(ExitCode.HandshakeTimeout, await Cli.RunAsync(_console, "send", listener.Endpoint, "x", "--connect-timeout", "3s"));
    }

    [Fact]
    public async Task Send_ToAnotherSocketType_EndsAtOnce()
    {
        await using var pub = new PubSocket(_context);
        var endpoint = await pub.BindAsync("tcp://127.0.0.1:*");
        Assert.Equal(ExitCode.SocketTypeMismatch, await Cli.RunAsync(_console, "send", endpoint, "x", "--connect-timeout", "1m"));
    }

    [Fact]
    public async Task Send_BoundWithNobodyThere_TimesOut()
    {
        Assert.Equal(ExitCode.Timeout, await Cli.RunAsync(_console, "send", "--bind", "tcp://127.0.0.1:*", "x", "--timeout", "100ms"));
        Assert.Contains("0 were sent", _console.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--curve-server-key", "nonsense")]
    [InlineData("--hex", "zz")]
    [InlineData("--count", "0")]
    [InlineData("--timeout", "soon")]
    [InlineData("--linger", "-1")]
    [InlineData("--file=-", "--file=-")]
    [InlineData("--bind", "--connect")]
    [InlineData("--server", "--verbose")]
    [InlineData("--type", "sub")]
    public async Task Send_OptionsThatMakeNoSense_AreAUsageError(string option, string value)
    {
        await using var pull = new PullSocket(_context);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "send", endpoint, "00", option, value));
        Assert.StartsWith("zmtp: ", _console.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("3\0")]
    public async Task Recv_ACountThatIsNone_IsASentence(string count)
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--count", count));
        Assert.Contains($"--count: \"{count}\" is not a number from 1", _console.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cert", "new", "")]
    [InlineData("cert", "show", "")]
    [InlineData("cert", "export", "")]
    [InlineData("user", "list", "")]
    [InlineData("user", "add", "", "ann", "--password-stdin")]
    [InlineData("send", "tcp://127.0.0.1:1", "--file", "")]
    public async Task AnyCommand_AFileWithoutAName_SaysSo(params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, arguments));
        Assert.Contains("The name of a file is empty.", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_AFileThatIsNotThere_ConnectsToNobody()
    {
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "send", "tcp://127.0.0.1:1", "--file", _directory["none"]));
        Assert.Contains("There is no file", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bind_AnIpcPathInNoDirectory_SaysSo()
    {
        Assert.Equal(ExitCode.CannotBind, await Cli.RunAsync(_console, "recv", "--bind", $"ipc://{_directory["none/socket"]}"));
        Assert.Contains("there is no directory for it", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bind_AnAddressInUse_SaysSo()
    {
        await using var pull = new PullSocket(_context);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        Assert.Equal(ExitCode.CannotBind, await Cli.RunAsync(_console, "recv", "--bind", endpoint));
        Assert.Contains("the address is in use", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recv_Text_EscapesWhatSteersATerminal()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--count", "3");
        await using var push = await ConnectAsync(await recv.EndpointAsync());
        await push.SendAsync(Message.Of("a", "b"));
        await push.SendAsync("\u001b[2J\\ ü");
        await push.SendAsync(new byte[] { 0xFF, 0x00 });

        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        Assert.Equal(["a\tb", "\\x1b[2J\\\\ ü", "\\xff\\x00"], _console.Lines);
    }

    /// <summary>Else a peer could make one frame look like two.</summary>
    [Fact]
    public async Task Recv_ATabInAFrame_IsNotTakenForADelimiter()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--count", "1");
        await using var push = await ConnectAsync(await recv.EndpointAsync());
        await push.SendAsync("a\tb");

        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        Assert.Equal(["a\\x09b"], _console.Lines);
    }

    [Fact]
    public async Task Recv_JsonOfMarksThatTurnTheWriting_EscapesThem()
    {
        const string Frame = "a\u202eb\u200f\ufeff\u2028\u00ad ü\U000e0041";
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--count", "1", "--json");
        await using var push = await ConnectAsync(await recv.EndpointAsync());
        await push.SendAsync(Frame);

        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        Assert.Contains("a\\u202eb\\u200f\\ufeff\\u2028\\u00ad ü", _console.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("\n", string.Concat(_console.Output.EnumerateRunes().Where(IsSteering)));
        using var json = JsonDocument.Parse(_console.Output);
        Assert.Equal(Frame, json.RootElement.GetProperty("frames")[0].GetString());
    }

    [Fact]
    public async Task Recv_Hex_ShowsDigits()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--count", "1", "--hex", "--delimiter", ":");
        await using var push = await ConnectAsync(await recv.EndpointAsync());
        await push.SendAsync(Message.Of("a", "b"));

        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        Assert.Equal(["61:62"], _console.Lines);
    }

    [Fact]
    public async Task Recv_Raw_WritesTheOctetsAndNothingElse()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--count", "2", "--raw");
        await using var push = await ConnectAsync(await recv.EndpointAsync());
        await push.SendAsync(new byte[] { 0xFF, 0x0A });
        await push.SendAsync(new byte[] { 0x00 });

        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        Assert.Equal([0xFF, 0x0A, 0x00], _console.OutputOctets);
    }

    [Fact]
    public async Task Recv_Json_TellsTextFromOctets()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--count", "2", "--json");
        await using var push = await ConnectAsync(await recv.EndpointAsync());
        await push.SendAsync(Message.Of("a\"<", ""));
        await push.SendAsync(new byte[] { 0xFF });

        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        using var text = JsonDocument.Parse(_console.Lines[0]);
        Assert.Equal(["a\"<", ""], text.RootElement.GetProperty("frames").EnumerateArray().Select(frame => frame.GetString()));
        Assert.Equal("utf-8", text.RootElement.GetProperty("encoding").GetString());
        Assert.Equal("127.0.0.1", text.RootElement.GetProperty("peer").GetString());
        using var octets = JsonDocument.Parse(_console.Lines[1]);
        Assert.Equal("ff", octets.RootElement.GetProperty("frames")[0].GetString());
        Assert.Equal("hex", octets.RootElement.GetProperty("encoding").GetString());
    }

    /// <summary>What the guide says of more than --count: it is taken from whoever sent it, and shown by nobody.</summary>
    [Fact]
    public async Task Recv_MoreThanCountThatCameAtOnce_ShowsTheCountAndLosesTheRest()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--count", "1");
        await using var peer = await RawPeer.ConnectAsync(await recv.EndpointAsync());
        await peer.Handshake31Async("PUSH");
        await peer.SendAsync([.. Enumerable.Range(0, 1000).Select(static i => Octets.Frame($"{i}"))]);

        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        Assert.Equal(["0"], _console.Lines);
    }

    [Fact]
    public async Task Recv_NothingInTime_TimesOut() =>
        Assert.Equal(ExitCode.Timeout, await Cli.RunAsync(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--timeout", "100ms"));

    [Theory]
    [InlineData(false, ExitCode.Success)]
    [InlineData(true, ExitCode.Interrupted)]
    internal async Task Recv_Interrupted_IsWellOnlyWhereNothingWasCounted(bool counts, ExitCode expected)
    {
        string[] more = counts ? ["--count", "2"] : [];
        await using var recv = Cli.Start(_console, ["recv", "--bind", "tcp://127.0.0.1:*", .. more]);
        await recv.EndpointAsync();
        Assert.Equal(expected, await recv.InterruptAsync());
    }

    [Fact]
    public async Task Req_ToRep_GetsItsEchoOrTheFixedReply()
    {
        await using var echo = Cli.Start(new TestConsole(), "rep", "--bind", "tcp://127.0.0.1:*");
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "req", await echo.EndpointAsync(), "one", "two"));
        Assert.Equal(["one", "two"], _console.Lines);
        Assert.Equal(["one", "two"], echo.Console.Lines);
        Assert.Equal(ExitCode.Success, await echo.InterruptAsync());

        var console = new TestConsole();
        await using var fix = Cli.Start(new TestConsole(), "rep", "--bind", "tcp://127.0.0.1:*", "--reply", "a", "--reply", "b", "--count", "1");
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(console, "req", await fix.EndpointAsync(), "one"));
        Assert.Equal(["a\tb"], console.Lines);
        Assert.Equal(ExitCode.Success, await fix.EndAsync());
    }

    [Fact]
    public async Task Req_NoReply_TimesOut()
    {
        await using var router = new RouterSocket(_context);
        var endpoint = await router.BindAsync("tcp://127.0.0.1:*");
        Assert.Equal(ExitCode.Timeout, await Cli.RunAsync(_console, "req", endpoint, "x", "--timeout", "100ms"));
        Assert.Contains("No reply", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sub_WithTopics_ShowsWhatBeginsWithThem()
    {
        await using var pub = Cli.Start(
            new TestConsole(),
            "pub", "--bind", "tcp://127.0.0.1:*", "apple", "berry", "cherry", "--count", "100", "--interval", "20ms");
        await using var sub = Cli.Start(_console, "sub", await pub.EndpointAsync(), "a", "ch", "--count", "4");

        Assert.Equal(ExitCode.Success, await sub.EndAsync());
        Assert.Equal(4, _console.Lines.Length);
        Assert.Equal(["apple", "cherry"], _console.Lines.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Recv_AsXPub_ShowsEachSubscriptionAndItsEnd()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--type", "xpub", "--count", "4");
        var endpoint = await recv.EndpointAsync();
        await using var one = new SubSocket(_context);
        await using var other = new SubSocket(_context);
        foreach (var sub in (SubSocket[])[one, other])
        {
            sub.Connect(endpoint);
            sub.Subscribe("weather.");
        }

        await _console.WaitForOutputAsync("\\x01weather.\n\\x01weather.\n");
        foreach (var sub in (SubSocket[])[one, other]) sub.Unsubscribe("weather.");
        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        Assert.Equal([@"\x01weather.", @"\x01weather.", @"\x00weather.", @"\x00weather."], _console.Lines);
    }

    [Fact]
    public async Task Pub_NobodyComes_TimesOut()
    {
        Assert.Equal(ExitCode.Timeout, await Cli.RunAsync(_console, "pub", "--bind", "tcp://127.0.0.1:*", "x", "--timeout", "100ms"));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "pub", "--bind", "tcp://127.0.0.1:*", "x", "--no-wait"));
    }

    [Fact]
    public async Task Pub_OnlyAStrangerComes_TimesOutAllTheSame()
    {
        await using var pub = Cli.Start(_console, "pub", "--bind", "tcp://127.0.0.1:*", "x", "--timeout", "3s");
        using var stranger = new System.Net.Sockets.TcpClient("127.0.0.1", new Uri(await pub.EndpointAsync()).Port);
        await stranger.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        await _console.WaitForErrorAsync("Refused ");

        Assert.Equal(ExitCode.Timeout, await pub.EndAsync());
        Assert.Contains("No subscriber came in time", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_ToADealer_TakesTheTypeFromTheOption()
    {
        await using var router = new RouterSocket(_context);
        var endpoint = await router.BindAsync("tcp://127.0.0.1:*");
        await Cli.RunAsync(_console, "send", endpoint, "x", "--type", "DEALER", "--identity", "me");

        using var message = await router.ReceiveAsync().WithinAsync();
        Assert.Equal("me", message.AsString());
        Assert.Equal("x", Encoding.UTF8.GetString(message[1].Span));
    }

    private static bool IsSteering(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private async Task<PushSocket> ConnectAsync(string endpoint)
    {
        var push = new PushSocket(_context);
        push.Connect(endpoint);
        await push.WaitForPeerAsync(TestTimeout.Default);
        return push;
    }

    private static async Task<string[]> FramesAsync(PullSocket pull)
    {
        using var message = await pull.ReceiveAsync().WithinAsync();
        return [.. Enumerable.Range(0, message.FrameCount).Select(frame => message.AsString(frame))];
    }
}
