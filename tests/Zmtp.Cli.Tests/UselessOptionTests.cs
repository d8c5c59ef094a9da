using Zmtp.Zap;

namespace Zmtp.Cli.Tests;

/// <summary>An option that can do nothing where it stands is a misunderstanding, which its user hears of.</summary>
public sealed class UselessOptionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestConsole _console = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("--hex", "send", "tcp://127.0.0.1:1", "--hex", "--file", "server.txt")]
    [InlineData("--hex", "pub", "tcp://127.0.0.1:1", "00", "--hex", "--file", "server.txt")]
    [InlineData("--delimiter", "send", "tcp://127.0.0.1:1", "--delimiter", ",", "--part", "a,b")]
    [InlineData("--delimiter", "pub", "tcp://127.0.0.1:1", "--delimiter", ",", "--file", "server.txt")]
    [InlineData("--delimiter", "recv", "tcp://127.0.0.1:1", "--delimiter", ",", "--json")]
    [InlineData("--delimiter", "sub", "tcp://127.0.0.1:1", "--delimiter", ",", "--json")]
    [InlineData("--delimiter", "rep", "tcp://127.0.0.1:1", "--delimiter", ",", "--json")]
    [InlineData("--delay", "pub", "tcp://127.0.0.1:1", "x", "--no-wait", "--delay", "1s")]
    [InlineData("--timeout", "pub", "tcp://127.0.0.1:1", "x", "--no-wait", "--timeout", "1s")]
    [InlineData("--connect-timeout", "recv", "--bind", "tcp://127.0.0.1:*", "--connect-timeout", "1s", "--timeout", "10ms")]
    [InlineData("--allow-others", "cert", "export", "server.txt", "--allow-others")]
    [InlineData("--force", "cert", "export", "server.txt", "--force")]
    [InlineData("name", "cert", "new", "ann.txt", "--name", "Ann", "--meta", "name=Bob")]
    [InlineData("role", "cert", "new", "ann.txt", "--meta", "role=one", "--meta", "role=two")]
    public async Task AnyCommand_AnOptionThatCanDoNothing_IsAUsageErrorThatNamesIt(string option, params string[] arguments)
    {
        _directory.WriteCertificate("server.txt", out _);
        var resolved = arguments.Select(argument => argument.EndsWith(".txt", StringComparison.Ordinal) ? _directory[argument] : argument);
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, [.. resolved]));
        Assert.StartsWith("zmtp: ", _console.Errors, StringComparison.Ordinal);
        Assert.Contains(option, _console.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory["ann.txt"]));
    }

    /// <summary>There is no message so soon, not even where it is there already.</summary>
    [Theory]
    [InlineData("--timeout", "recv", "--bind", "tcp://127.0.0.1:*")]
    [InlineData("--timeout", "sub", "--bind", "tcp://127.0.0.1:*")]
    [InlineData("--timeout", "send", "--bind", "tcp://127.0.0.1:*", "x")]
    [InlineData("--timeout", "pub", "--bind", "tcp://127.0.0.1:*", "x")]
    [InlineData("--timeout", "req", "--bind", "tcp://127.0.0.1:*", "x")]
    [InlineData("--timeout", "check", "tcp://127.0.0.1:1")]
    [InlineData("--connect-timeout", "recv", "tcp://127.0.0.1:1")]
    public async Task AnyCommand_ATimeToWaitThatIsNone_IsAUsageErrorThatNamesIt(string option, params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, [.. arguments, option, "0ms"]));
        Assert.StartsWith($"zmtp: {option} has to be longer than zero.", _console.Errors, StringComparison.Ordinal);
    }

    /// <summary>There they are about the replies.</summary>
    [Theory]
    [InlineData("--hex")]
    [InlineData("--delimiter", ",")]
    public async Task Req_OptionsOfItsRepliesBesideAFile_AreNone(params string[] options)
    {
        var file = _directory.Write("body", "x");
        var code = await Cli.RunAsync(_console, ["req", "tcp://127.0.0.1:1", "--file", file, "--connect-timeout", "100ms", .. options]);
        Assert.NotEqual(ExitCode.Usage, code);
    }

    [Fact]
    public async Task CertNew_MetadataThatItWouldWriteItself_AreThoseThatWereGiven()
    {
        var code = await Cli.RunAsync(
            _console, "cert", "new", _directory["ann.txt"], "--meta", "created-by=a script", "--meta", "date-created=today");
        Assert.Equal(ExitCode.Success, code);
        using var certificate = Certificate.LoadPublic(_directory["ann.txt"]);
        Assert.Equal("a script", certificate.Metadata["created-by"]);
        Assert.Equal("today", certificate.Metadata["date-created"]);
    }
}
