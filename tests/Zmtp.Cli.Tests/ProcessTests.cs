using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Zmtp.Sockets;
using Zmtp.Testing.Searching;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Cli.Tests;

/// <summary>The built program as a process: real exit codes, real standard streams, real signals.</summary>
public sealed partial class ProcessTests : IDisposable
{
    private const int SigInt = 2;
    private const int SigTerm = 15;
    private const int LargerThanAPipe = 1024 * 1024;

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "zmtp.exe" : "zmtp");

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
        await using var reserved = RawListener.Reserve();
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

    [UnixTheory]
    [InlineData(SigInt)]
    [InlineData(SigTerm)]
    public async Task Process_ASignal_EndsItWell(int signal)
    {
        using var zmtp = Start("", "recv", "--bind", "tcp://127.0.0.1:*");
        await ListeningAsync(zmtp);
        Assert.Equal(0, Kill(zmtp.Id, signal));
        Assert.Equal(0, await ExitAsync(zmtp));
    }

    [UnixFact]
    public async Task Process_ASignalBeforeItIsDone_EndsItWithItsCode()
    {
        using var zmtp = Start("", "recv", "--bind", "tcp://127.0.0.1:*", "--count", "1");
        await ListeningAsync(zmtp);
        Assert.Equal(0, Kill(zmtp.Id, SigInt));
        Assert.Equal((int)ExitCode.Interrupted, await ExitAsync(zmtp));
    }

    [UnixFact]
    public async Task Process_AReaderThatHasGone_EndsIt()
    {
        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context);
        using var zmtp = Start("", "recv", await push.BindAsync("tcp://127.0.0.1:*"));
        await push.SendAsync("seen");
        Assert.Equal("seen", await zmtp.StandardOutput.ReadLineAsync().WithinAsync());
        zmtp.StandardOutput.Close();
        await push.SendAsync("unseen");
        Assert.Equal((int)ExitCode.OutputClosed, await ExitAsync(zmtp));
    }

    [UnixTheory]
    [InlineData("--raw")]
    [InlineData("--hex")]
    [InlineData("--json")]
    public async Task Process_AReaderThatHasGoneInTheMiddleOfAMessage_EndsIt(string option)
    {
        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context);
        using var zmtp = Start("", "recv", option, await push.BindAsync("tcp://127.0.0.1:*"));
        await push.SendAsync(new byte[LargerThanAPipe]);
        await zmtp.StandardOutput.BaseStream.ReadExactlyAsync(new byte[1]).AsTask().WithinAsync();
        zmtp.StandardOutput.Close();
        Assert.Equal((int)ExitCode.OutputClosed, await ExitAsync(zmtp));
    }

    [UnixFact]
    public async Task Process_ASignalWhileNobodyReadsItsOutput_EndsIt()
    {
        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context);
        using var zmtp = Start("", "recv", "--raw", await push.BindAsync("tcp://127.0.0.1:*"));
        await push.SendAsync(new byte[LargerThanAPipe]);

        // The first octet is there, and for all of them there is no room.
        await zmtp.StandardOutput.BaseStream.ReadExactlyAsync(new byte[1]).AsTask().WithinAsync();
        Assert.Equal(0, Kill(zmtp.Id, SigTerm));
        Assert.Equal((int)ExitCode.Interrupted, await ExitAsync(zmtp));
        Assert.Contains("The last message", await zmtp.StandardError.ReadToEndAsync().WithinAsync(), StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Process_ASignalWhileNobodyReadsItsOutputNorItsErrors_EndsIt()
    {
        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context);
        using var zmtp = StartInShell("exec \"$0\" \"$@\" 2>&1", "recv", "--raw", await push.BindAsync("tcp://127.0.0.1:*"));
        await push.SendAsync(new byte[LargerThanAPipe]);

        // As before; and the sentence goes where there is no room.
        await zmtp.StandardOutput.BaseStream.ReadExactlyAsync(new byte[1]).AsTask().WithinAsync();
        Assert.Equal(0, Kill(zmtp.Id, SigTerm));
        Assert.Equal((int)ExitCode.Interrupted, await ExitAsync(zmtp));
    }

    [UnixFact]
    public async Task Process_AuthWhoseReaderHasGone_EndsIt()
    {
        using var zmtp = Start("", "auth", "tcp://127.0.0.1:*", "--allow", "127.0.0.1", "--json");
        var endpoint = await ListeningAsync(zmtp);
        await using var context = Searched.NewContext();
        await using var first = await ConnectAsync(context, endpoint);
        Assert.Contains("\"status\":200", await zmtp.StandardOutput.ReadLineAsync().WithinAsync(), StringComparison.Ordinal);
        zmtp.StandardOutput.Close();

        // It need not be let in: the program may end over what it says of it first.
        await using var second = new DealerSocket(context);
        second.Connect(endpoint);
        Assert.Equal((int)ExitCode.OutputClosed, await ExitAsync(zmtp));
    }

    [UnixTheory]
    [InlineData("cert", "export", "server.txt")]
    [InlineData("cert", "show", "server.txt")]
    [InlineData("cert", "show", "server.txt", "--json")]
    [InlineData("check", "nonsense")]
    [InlineData("completion", "bash")]
    [InlineData("--help")]
    public async Task Process_NobodyReadsItsOutput_SaysSo(params string[] arguments)
    {
        _directory.WriteCertificate("server.txt", out _);

        // Opened for both ways first, which waits for nobody; then without a reader.
        using var zmtp = StartInShell("mkfifo pipe && exec 3<>pipe 4>pipe 3<&- && exec \"$0\" \"$@\" >&4 4>&-", arguments);
        var errors = await zmtp.StandardError.ReadToEndAsync().WithinAsync();
        Assert.Equal((int)ExitCode.OutputClosed, await ExitAsync(zmtp));
        Assert.Equal("zmtp: Nobody reads the output any more.\n", errors);
    }

    [LinuxTheory]
    [InlineData("cert", "export", "server.txt")]
    [InlineData("cert", "show", "server.txt")]
    [InlineData("--help")]
    public async Task Process_ADiskThatIsFull_IsNoReaderThatHasGone(params string[] arguments)
    {
        _directory.WriteCertificate("server.txt", out _);
        using var zmtp = StartInShell("exec \"$0\" \"$@\" >/dev/full", arguments);
        var errors = await zmtp.StandardError.ReadToEndAsync().WithinAsync();
        Assert.Equal((int)ExitCode.File, await ExitAsync(zmtp));
        Assert.Contains("standard output", errors, StringComparison.OrdinalIgnoreCase);
    }

    [LinuxTheory]
    [InlineData("exec \"$0\" \"$@\" 2>/dev/full")]
    [InlineData("exec \"$0\" \"$@\" 2>&-")]
    public async Task Process_NobodyCanBeTold_EndsWithItsCodeAllTheSame(string script)
    {
        using var zmtp = StartInShell(script, "nonsense");
        Assert.Equal((int)ExitCode.Usage, await ExitAsync(zmtp));
    }

    [UnixFact]
    public async Task Process_WithoutStandardOutput_SaysSo()
    {
        using var zmtp = StartInShell("exec \"$0\" \"$@\" >&-", "completion", "bash");
        var errors = await zmtp.StandardError.ReadToEndAsync().WithinAsync();
        Assert.Equal((int)ExitCode.File, await ExitAsync(zmtp));
        Assert.StartsWith("zmtp: Standard output cannot be written", errors, StringComparison.Ordinal);
    }

    [LinuxFact]
    public async Task Process_RecvToADiskThatIsFull_SaysThatAMessageIsLost()
    {
        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context);
        using var zmtp = StartInShell("exec \"$0\" \"$@\" >/dev/full", "recv", await push.BindAsync("tcp://127.0.0.1:*"));
        await push.SendAsync("unseen");
        var errors = await zmtp.StandardError.ReadToEndAsync().WithinAsync();
        Assert.Equal((int)ExitCode.File, await ExitAsync(zmtp));
        Assert.Contains("The last message was received and not shown.", errors, StringComparison.Ordinal);
    }

    [PollerFact]
    public async Task Process_MorePeersThanItHasDescriptors_GoesOnAndLetsInWhoComesLater()
    {
        // The runtime opens descriptors while it starts a thread, and ends the process where one cannot be started.
        const int Limit = 256;
        const int Enough = 16;
        using var zmtp = StartInShell($"ulimit -n {Limit}; exec \"$0\" \"$@\"", "recv", "--bind", "tcp://127.0.0.1:*", "--count", "1");
        var endpoint = await ListeningAsync(zmtp);
        var strangers = new List<RawPeer>();
        try
        {
            while (strangers.Count < 300)
            {
                strangers.Add(await RawPeer.ConnectAsync(endpoint));
                await strangers[^1].SendAsync(Octets.Greeting31());
            }

            Assert.Contains("file descriptors", await zmtp.StandardError.ReadLineAsync().WithinAsync(), StringComparison.Ordinal);
            Assert.InRange(Directory.GetFiles($"/proc/{zmtp.Id}/fd").Length, 0, Limit - Enough);
        }
        finally
        {
            foreach (var stranger in strangers) await stranger.DisposeAsync();
        }

        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context);
        push.Connect(endpoint);
        await push.SendAsync("seen");
        Assert.Equal(0, await ExitAsync(zmtp));
    }

    /// <summary>Out of memory, the runtime's own small allocations fail, in places where nobody can catch that.</summary>
    [UnixFact]
    public async Task Process_PeersFillItsQueuesAndItsHeapHasALimit_GoesOn()
    {
        const string Limit = "DOTNET_GCHeapHardLimit=0x8000000";
        var text = new string('a', 60_000);
        using var zmtp = Start("", "env", [Limit, Program, "recv", "--bind", "tcp://127.0.0.1:*"]);
        var endpoint = await ListeningAsync(zmtp);
        await using var context = Searched.NewContext();
        var fillers = Enumerable.Range(0, 8).Select(_ => new PushSocket(context, SocketOptions.Default with { Linger = TimeSpan.Zero })).ToArray();

        // Nobody reads what it writes, so it takes no more from its queues, and in the end no more comes into them.
        var lost = 0;
        await Blocking.RunAsync(() => Array.ForEach(fillers, filler =>
        {
            filler.Event += (_, happened) =>
            {
                if (happened.Kind == SocketEventKind.Disconnected) Interlocked.Increment(ref lost);
            };
            filler.Connect(endpoint);
            while (!zmtp.HasExited && filler.TrySend(TimeSpan.FromMilliseconds(300), text))
            {
            }
        })).WithinAsync();

        Assert.False(zmtp.HasExited);
        Assert.Equal(0, lost);
        await using var late = new PushSocket(context);
        late.Connect(endpoint);
        await late.WaitForPeerAsync(TestTimeout.Default);
        zmtp.Kill();
    }

    [UnixTheory]
    [InlineData("C")]
    [InlineData("de_DE.ISO-8859-1")]
    public async Task Process_JsonWhateverTheLocale_IsUtf8(string locale)
    {
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(new TestConsole(), "cert", "new", _directory["server.txt"], "--name", "J\u00fcrgen"));
        using var zmtp = StartIn(locale, "cert", "show", "server.txt", "--json");
        var output = new MemoryStream();
        await zmtp.StandardOutput.BaseStream.CopyToAsync(output).WithinAsync();
        Assert.Equal(0, await ExitAsync(zmtp));
        Assert.Contains("J\u00fcrgen", new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(output.ToArray()), StringComparison.Ordinal);
    }

    private Process Start(string input, params string[] arguments) => Start(input, Program, arguments);

    private Process StartInShell(string script, params string[] arguments) => Start("", "sh", ["-c", script, Program, .. arguments]);

    private Process StartIn(string locale, params string[] arguments) => Start("", "env", [$"LC_ALL={locale}", Program, .. arguments]);

    private Process Start(string input, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program)
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

    private static async Task<string> ListeningAsync(Process process)
    {
        var line = await process.StandardError.ReadLineAsync().WithinAsync();
        Assert.StartsWith("Listening at ", line, StringComparison.Ordinal);
        return line!["Listening at ".Length..];
    }

    private static async Task<DealerSocket> ConnectAsync(ZmtpContext context, string endpoint)
    {
        var dealer = new DealerSocket(context);
        dealer.Connect(endpoint);
        await dealer.WaitForPeerAsync(TestTimeout.Default);
        return dealer;
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
