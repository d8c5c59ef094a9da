using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Cli.Tests;

/// <summary>The mechanisms and policies of the socket commands, from client to server.</summary>
public sealed partial class SecurityTests : IDisposable
{
    private const string Password = "correct horse";

    private readonly TemporaryDirectory _directory = new();
    private readonly TestConsole _console = new();
    private readonly TestConsole _client = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Curve_AClientOfTheStore_IsLetInByItsKey()
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        Directory.CreateDirectory(_directory["clients"]);
        var ann = _directory.WriteCertificate("clients/ann.txt", out var annsKey);
        var eve = _directory.WriteCertificate("eve.txt", out _);
        await using var recv = Cli.Start(
            _console, "recv", "--bind", "tcp://127.0.0.1:*", "--cert", server, "--certs", _directory["clients"], "--count", "1", "--json");
        var endpoint = await recv.EndpointAsync();

        Assert.Equal(ExitCode.Denied, await Cli.RunAsync(_client, "send", endpoint, "x", "--cert", eve, "--curve-server-key", server));
        Assert.StartsWith("tcp://127.0.0.1", await _console.WaitForErrorAsync("Refused "), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_client, "send", endpoint, "x", "--cert", ann, "--curve-server-key", server));
        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        using var json = JsonDocument.Parse(_console.Output);
        Assert.Equal(annsKey.ToString(), json.RootElement.GetProperty("userId").GetString());
        Assert.Equal("CURVE", json.RootElement.GetProperty("mechanism").GetString());
    }

    [Fact]
    public async Task Curve_AServerThatConnects_SaysOnceWhomItRefusesAndThatItWasItself()
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        Directory.CreateDirectory(_directory["clients"]);
        var eve = _directory.WriteCertificate("eve.txt", out _);
        await using var send = Cli.Start(_client, "send", "--bind", "tcp://127.0.0.1:*", "x", "--cert", eve, "--curve-server-key", server);

        var code = await Cli.RunAsync(
            _console, "recv", await send.EndpointAsync(), "--cert", server, "--certs", _directory["clients"], "--connect-timeout", "1s");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Single(_console.Errors.Split('\n'), line => line.StartsWith("Refused ", StringComparison.Ordinal));
        Assert.DoesNotContain("zmtp check", _console.Errors, StringComparison.Ordinal);
    }

    /// <summary>"zmtp check" is a client: it does not take the options of a server.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Curve_WhoCannotConnect_IsAdvisedToRunACommandThatExists(bool isServer)
    {
        await using var nobody = RawListener.Reserve();
        var cert = _directory.WriteCertificate("cert.txt", out var key);
        string[] security = isServer ? ["--cert", cert, "--allow-any"] : ["--cert", cert, "--curve-server-key", key.ToString()];

        Assert.Equal(ExitCode.Refused, await Cli.RunAsync(_client, ["send", nobody.Endpoint, "x", "--connect-timeout", "200ms", .. security]));

        var advice = AdvisedCommand().Match(_client.Errors);
        Assert.True(advice.Success, _client.Errors);
        string[] again = _client.Errors.Contains("with the same credentials", StringComparison.Ordinal) ? security : [];
        Assert.Equal(ExitCode.Refused, await Cli.RunAsync(_console, [.. advice.Groups[1].Value.Split(' '), .. again]));
    }

    [Fact]
    public async Task Curve_AllowAny_LetsAKeyInThatNobodyKnows()
    {
        var server = _directory.WriteCertificate("server.txt", out var key);
        await using var recv = Cli.Start(
            _console, "recv", "--bind", "tcp://127.0.0.1:*", "--cert", server, "--allow-any", "--count", "1");

        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_client, "send", await recv.EndpointAsync(), "x", "--curve-server-key", key.ToString()));
        Assert.Equal(ExitCode.Success, await recv.EndAsync());
    }

    [Fact]
    public async Task Curve_AWrongServerKey_HasTheExitCodeThatCheckGives()
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        var wrong = _directory.WriteCertificate("wrong.txt", out _);
        await using var receiver = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--cert", server, "--allow-any");
        var endpoint = await receiver.EndpointAsync();

        // First with the right one: what runs for the first time may take longer than the time below.
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(new TestConsole(), "send", endpoint, "--curve-server-key", server, "hello"));
        var code = await Cli.RunAsync(_client, "send", endpoint, "--curve-server-key", wrong, "--connect-timeout", "3s", "hello");

        Assert.Equal(ExitCode.ServerKeySuspected, code);
        Assert.Contains("server's public key", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_ThePasswordDecides()
    {
        var users = _directory["users.txt"];
        await Cli.RunAsync(new TestConsole().Reading(Password + "\n"), "user", "add", users, "ann", "--password-stdin");
        await using var rep = Cli.Start(_console, "rep", "--bind", "tcp://127.0.0.1:*", "--passwords", users, "--verbose");
        var endpoint = await rep.EndpointAsync();

        _client.With("ZMTP_PLAIN_PASSWORD", "wrong");
        Assert.Equal(ExitCode.Denied, await Cli.RunAsync(_client, "req", endpoint, "x", "--plain-user", "ann"));
        _client.With("ZMTP_PLAIN_PASSWORD", Password);
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_client, "req", endpoint, "x", "--plain-user", "ann"));
        Assert.Equal(ExitCode.Success, await rep.InterruptAsync());
        Assert.DoesNotContain(Password, _console.Output + _console.Errors + _client.Output + _client.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\ufeffcorrect horse\r\n")]
    [InlineData("correct\rhorse\nmore")]
    public async Task Plain_OnePasswordFile_IsOnePasswordToBothEnds(string text)
    {
        var (users, file) = (_directory["users.txt"], _directory.Write("pw", text));
        await Cli.RunAsync(new TestConsole().Reading(text), "user", "add", users, "ann", "--password-stdin");
        await using var rep = Cli.Start(_console, "rep", "--bind", "tcp://127.0.0.1:*", "--passwords", users);
        var code = await Cli.RunAsync(
            _client, "req", await rep.EndpointAsync(), "x", "--plain-user", "ann", "--plain-password-file", file);
        Assert.Equal(ExitCode.Success, code);
    }

    [Fact]
    public async Task Plain_WithoutAPassword_SaysWhereItCouldComeFrom()
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_client, "send", "tcp://127.0.0.1:5555", "x", "--plain-user", "ann"));
        Assert.Contains("ZMTP_PLAIN_PASSWORD", _client.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty. Its first line is to be the password")]
    [InlineData("\u00ef\u00bb\u00bf", "is empty. Its first line is to be the password")]
    [InlineData("\u00e9\n", "is not UTF-8")]
    [InlineData("\u00ef\u00bb\u00bf\u00e9\n", "is not UTF-8")]
    public async Task Plain_APasswordFileThatHoldsNone_SaysSoAndDoesNotConnect(string text, string sentence)
    {
        // The sentence names the file, whose path may hold anything.
        var file = _directory.Write("E9/pw", "");
        File.WriteAllText(file, text, Encoding.Latin1);
        var code = await Cli.RunAsync(_client, "send", "tcp://127.0.0.1:1", "x", "--plain-user", "ann", "--plain-password-file", file);
        Assert.Equal(ExitCode.File, code);
        Assert.Contains(sentence, _client.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("E9", _client.Errors.Replace(file, "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("--plain-user", "ann")]
    [InlineData("--curve-server-key", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID")]
    public async Task Auth_AsAClient_IsAUsageErrorBecauseItIsNeverAsked(params string[] options)
    {
        _console.With("ZMTP_PLAIN_PASSWORD", Password);
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, ["auth", "tcp://127.0.0.1:*", .. options]));
    }

    [Fact]
    public async Task Auth_ACertificateAlone_SaysWhatIsMissing()
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "auth", "tcp://127.0.0.1:*", "--cert", server));
        Assert.Contains("--allow-any or --certs", _console.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("--curve-server-key", _console.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("-infinityms")]
    [InlineData("-1")]
    [InlineData("25h9")]
    [InlineData("5\0")]
    [InlineData("5\0ms")]
    [InlineData("٥")]
    [InlineData(".")]
    public async Task Options_ATimeThatIsNone_SaysHowToWriteOne(string time)
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "recv", "tcp://127.0.0.1:1", $"--timeout={time}"));
        Assert.Contains($"\"{time}\" is not a time", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Null_ADeniedAddress_IsRefused()
    {
        await using var recv = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--deny", "127.0.0.0/8");
        Assert.Equal(ExitCode.Denied, await Cli.RunAsync(_client, "send", await recv.EndpointAsync(), "x"));
    }

    [Theory]
    [InlineData("--cert", "server.txt")]
    [InlineData("--cert", "server.txt", "--server")]
    [InlineData("--allow-any")]
    [InlineData("--certs", ".")]
    [InlineData("--passwords", "users.txt", "--allow-any")]
    [InlineData("--passwords", "users.txt", "--plain-user", "ann")]
    [InlineData("--plain-user", "ann", "--curve-server-key", "server.txt")]
    [InlineData("--plain-password-file", "users.txt")]
    [InlineData("--allow", "nowhere")]
    [InlineData("--plain-user", "ann", "--allow", "127.0.0.1/32")]
    [InlineData("--domain", "somewhere")]
    [InlineData("--allow-others")]
    [InlineData("--passwords", "users.txt", "--allow-others")]
    [InlineData("--passwords", "users.txt", "--plain-password-file", "users.txt")]
    public async Task Options_ThatContradictEachOther_AreAUsageError(params string[] options)
    {
        _directory.WriteCertificate("server.txt", out _);
        _directory.Write("users.txt", "ann=pw\n");
        var resolved = options.Select(option => option.Contains('.', StringComparison.Ordinal) && !option.Contains('/', StringComparison.Ordinal)
            ? _directory[option]
            : option);
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, ["recv", "--bind", "tcp://127.0.0.1:*", .. resolved]));
    }

    [Theory]
    [InlineData("--bind", "--connect")]
    [InlineData("--identity", null)]
    public async Task Options_ThatMakeNoSense_AreSaidBeforeAPasswordIsAskedFor(string option, string? value)
    {
        _client.Answering("pw");
        string[] arguments = ["send", "tcp://127.0.0.1:1", "x", "--plain-user", "ann", option, value ?? new string('i', 256)];
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_client, arguments));
        Assert.Empty(_client.Questions);
    }

    [Theory]
    [InlineData("--cert", "none.txt", "--allow-any")]
    [InlineData("--cert", "server.txt", "--certs", "none")]
    [InlineData("--passwords", "none.txt")]
    public async Task Options_ThatNameAFileThatIsNotThere_SaySo(params string[] options)
    {
        _directory.WriteCertificate("server.txt", out _);
        var resolved = options.Select(option => option.StartsWith("--", StringComparison.Ordinal) ? option : _directory[option]);
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, ["recv", "--bind", "tcp://127.0.0.1:*", .. resolved]));
        Assert.StartsWith("zmtp: There is no ", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passwords_AFileThatIsNone_ListensToNobody()
    {
        var users = _directory.Write("users.txt", "ann=\0secret\n");
        Assert.Equal(
            ExitCode.File, await Cli.RunAsync(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--passwords", users, "--timeout", "10ms"));
        Assert.Contains("is not a text file", _console.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Listening", _console.Errors, StringComparison.Ordinal);
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public async Task Curve_ASecretFileThatOthersMayRead_IsForWhoeverSaysSo()
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        File.SetUnixFileMode(server + "_secret", UnixFileMode.UserRead | UnixFileMode.GroupRead);
        string[] receive = ["recv", "--bind", "tcp://127.0.0.1:*", "--cert", server, "--allow-any"];
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, receive));
        Assert.Contains("--allow-others", _console.Errors, StringComparison.Ordinal);

        await using var receiver = Cli.Start(_console, [.. receive, "--allow-others"]);
        Assert.StartsWith("tcp://127.0.0.1:", await receiver.EndpointAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curve_ACertificateWithoutItsSecretKey_IsAFileError()
    {
        var server = _directory.WriteCertificate("server.txt", out _);
        File.Delete(server + "_secret");
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--cert", server, "--allow-any"));
        Assert.Contains("has no secret key", _console.Errors, StringComparison.Ordinal);
    }

    [GeneratedRegex("Run \"zmtp (check [^\"]+)\"")]
    private static partial Regex AdvisedCommand();
}
