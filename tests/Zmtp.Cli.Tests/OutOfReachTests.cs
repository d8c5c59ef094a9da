using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>A file that cannot be looked at is not said to be missing: whoever is told to make it would make a second one.</summary>
public sealed class OutOfReachTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestConsole _console = new();

    public void Dispose() => _directory.Dispose();

    [UnixTheory]
    [InlineData("user", "list", "*")]
    [InlineData("user", "remove", "*", "ann")]
    [InlineData("user", "verify", "*", "ann")]
    [InlineData("cert", "show", "*")]
    [InlineData("cert", "verify", "*")]
    [InlineData("cert", "export", "*")]
    [InlineData("cert", "fingerprint", "*")]
    [InlineData("send", "tcp://127.0.0.1:1", "--file", "*")]
    [InlineData("send", "tcp://127.0.0.1:1", "--curve-server-key", "*", "x")]
    [InlineData("send", "tcp://127.0.0.1:1", "--plain-user", "ann", "--plain-password-file", "*", "x")]
    [InlineData("auth", "tcp://127.0.0.1:*", "--passwords", "*")]
    [InlineData("auth", "tcp://127.0.0.1:*", "--cert", "*", "--allow-any")]
    [InlineData("auth", "tcp://127.0.0.1:*", "--cert", "server.txt", "--certs", "*")]
    public async Task AnyCommand_AFileThatCannotBeLookedAt_IsNotSaidToBeMissing(params string[] arguments)
    {
        var server = _directory.WriteCertificate("server.txt", out _);

        // What leads nowhere but to itself is out of everybody's reach, as another user's directory is out of all but its owner's and root's.
        File.CreateSymbolicLink(_directory["loop"], _directory["loop"]);
        var file = _directory["loop/file"];
        var resolved = arguments.Select(argument => argument switch { "*" => file, "server.txt" => server, _ => argument });
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, [.. resolved]));
        Assert.DoesNotContain("There is no", _console.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("neither", _console.Errors, StringComparison.Ordinal);
        Assert.Contains(file, _console.Errors, StringComparison.Ordinal);
    }

    /// <summary>A pipe may be read once only: who looks whether it is there must not open it.</summary>
    [UnixFact]
    public async Task Send_APipe_IsReadToItsEnd()
    {
        await using var pull = Cli.Start(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--count", "1");
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        var file = $"/dev/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        await pipe.WriteAsync("from a pipe"u8.ToArray());
        var sending = Cli.RunAsync(new TestConsole(), "send", await pull.EndpointAsync(), "--file", file);
        pipe.Dispose();
        Assert.Equal(ExitCode.Success, await sending);
        Assert.Equal(ExitCode.Success, await pull.EndAsync());
        Assert.Equal(["from a pipe"], _console.Lines);
    }
}
