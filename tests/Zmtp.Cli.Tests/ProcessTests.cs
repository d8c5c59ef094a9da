using System.Diagnostics;
using System.Runtime.InteropServices;
using Zmtp.Sockets;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>The built program as a process: real exit codes, real standard streams, real signals.</summary>
public sealed partial class ProcessTests : IDisposable
{
    private const int SigInt = 2;
    private const int SigTerm = 15;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Process_CertNew_WritesFilesAndAsksNothingWithoutATerminal()
    {
        using var zmtp = Start("", "cert", "new", "server.txt");
        Assert.Equal(0, await ExitAsync(zmtp));
        Assert.True(File.Exists(_directory["server.txt"]));
        Assert.True(File.Exists(_directory["server.txt_secret"]));
    }

    [Fact]
    public async Task Process_ARefusedConnection_EndsWithItsCodeAndASentence()
    {
        await using var reserved = Testing.Peers.RawListener.Reserve();
        using var zmtp = Start("", "check", reserved.Endpoint);
        var output = await zmtp.StandardOutput.ReadToEndAsync().WithinAsync();
        Assert.Equal((int)ExitCode.Refused, await ExitAsync(zmtp));
        Assert.Contains("nobody listens there", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_StandardInput_IsSentLineByLine()
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context);
        using var zmtp = Start("one\ntwo\n", "send", await pull.BindAsync("tcp://127.0.0.1:*"));
        using var first = await pull.ReceiveAsync().WithinAsync();
        using var second = await pull.ReceiveAsync().WithinAsync();
        Assert.Equal(("one", "two"), (first.AsString(), second.AsString()));
        Assert.Equal(0, await ExitAsync(zmtp));
    }

    [Theory]
    [InlineData(SigInt)]
    [InlineData(SigTerm)]
    public async Task Process_ASignal_EndsItWell(int signal)
    {
        if (OperatingSystem.IsWindows()) return;
        using var zmtp = Start("", "recv", "--bind", "tcp://127.0.0.1:*");
        await ListeningAsync(zmtp);
        Assert.Equal(0, Kill(zmtp.Id, signal));
        Assert.Equal(0, await ExitAsync(zmtp));
    }

    [Fact]
    public async Task Process_ASignalBeforeItIsDone_EndsItWithItsCode()
    {
        if (OperatingSystem.IsWindows()) return;
        using var zmtp = Start("", "recv", "--bind", "tcp://127.0.0.1:*", "--count", "1");
        await ListeningAsync(zmtp);
        Assert.Equal(0, Kill(zmtp.Id, SigInt));
        Assert.Equal((int)ExitCode.Interrupted, await ExitAsync(zmtp));
    }

    [Fact]
    public async Task Process_AReaderThatHasGone_EndsIt()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context);
        using var zmtp = Start("", "recv", await push.BindAsync("tcp://127.0.0.1:*"));
        await push.SendAsync("seen");
        Assert.Equal("seen", await zmtp.StandardOutput.ReadLineAsync().WithinAsync());
        zmtp.StandardOutput.Close();
        await push.SendAsync("unseen");
        Assert.Equal((int)ExitCode.OutputClosed, await ExitAsync(zmtp));
    }

    private Process Start(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "zmtp.exe" : "zmtp"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.FullPath,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return process;
    }

    private static async Task ListeningAsync(Process process)
    {
        var line = await process.StandardError.ReadLineAsync().WithinAsync();
        Assert.StartsWith("Listening at ", line, StringComparison.Ordinal);
    }

    private static async Task<int> ExitAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync().WithinAsync();
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }

        return process.ExitCode;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
