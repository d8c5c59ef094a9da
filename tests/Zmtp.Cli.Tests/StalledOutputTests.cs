using System.CommandLine;
using Zmtp.Cli.Commands;
using Zmtp.Cli.Consoles;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Cli.Tests;

/// <summary>A first signal ends a command also while nobody reads what it shows, and cuts off nothing that somebody reads.</summary>
public sealed class StalledOutputTests : IDisposable
{
    private readonly StalledStream _stalled = new();
    private readonly TimersTold _time = new();
    private readonly TestConsole _console;
    private readonly ZmtpContext _context = Searched.NewContext();

    public StalledOutputTests() => _console = new TestConsole(_stalled) { Time = _time };

    public void Dispose()
    {
        _context.Dispose();
        _stalled.Dispose();
    }

    [Theory]
    [InlineData]
    [InlineData("--json")]
    [InlineData("--count", "1")]
    public async Task Recv_InterruptedWhileItsOutputIsStalled_EndsAndSaysWhatMayBeLost(params string[] more)
    {
        await using var recv = Cli.Start(_console, ["recv", "--bind", "tcp://127.0.0.1:*", .. more]);
        await using var push = new PushSocket(_context);
        push.Connect(await recv.EndpointAsync());
        await push.SendAsync("shown to nobody").AsTask().WithinAsync();
        await ExpectEndAsync(recv, "The last message");
    }

    [Fact]
    public async Task Rep_InterruptedWhileItsOutputIsStalled_EndsAndSaysWhatMayBeLost()
    {
        await using var rep = Cli.Start(_console, "rep", "--bind", "tcp://127.0.0.1:*");
        await using var req = new ReqSocket(_context);
        req.Connect(await rep.EndpointAsync());
        await req.SendAsync("shown to nobody").AsTask().WithinAsync();
        await ExpectEndAsync(rep, "The last message");
    }

    [Fact]
    public async Task Req_InterruptedWhileItsOutputIsStalled_EndsAndSaysWhatMayBeLost()
    {
        await using var rep = new RepSocket(_context);
        await using var req = Cli.Start(_console, "req", await rep.BindAsync("tcp://127.0.0.1:*"), "ping");
        await rep.SendAsync(await rep.ReceiveAsync().WithinAsync()).AsTask().WithinAsync();
        await ExpectEndAsync(req, "The last message");
    }

    [Theory]
    [InlineData]
    [InlineData("--json")]
    public async Task Auth_InterruptedWhileItsOutputIsStalled_EndsAndSaysWhatMayBeLost(params string[] more)
    {
        await using var auth = Cli.Start(_console, ["auth", "tcp://127.0.0.1:*", "--allow", "127.0.0.1", .. more]);
        await using var dealer = new DealerSocket(_context);
        dealer.Connect(await auth.EndpointAsync());
        await ExpectEndAsync(auth, "The last decision");
    }

    [Theory]
    [InlineData]
    [InlineData("--json")]
    [InlineData("--count", "1")]
    public async Task Recv_InterruptedWhileAMessageIsWritten_ShowsItAndEndsWell(params string[] more)
    {
        await using var recv = Cli.Start(_console, ["recv", "--bind", "tcp://127.0.0.1:*", .. more]);
        await using var push = new PushSocket(_context);
        push.Connect(await recv.EndpointAsync());
        await push.SendAsync("shown to its end").AsTask().WithinAsync();
        await ExpectToBeShownAsync(recv, "shown to its end");
    }

    /// <summary>It takes more than one write, each of which somebody reads in time, and all of them more than that.</summary>
    [Fact]
    public async Task Recv_InterruptedWhileALargeMessageIsReadSlowly_ShowsItToItsEnd()
    {
        var slow = new SlowStream(_time);
        await using var recv = Cli.Start(new TestConsole(slow) { Time = _time }, "recv", "--bind", "tcp://127.0.0.1:*", "--hex");
        await using var push = new PushSocket(_context);
        push.Connect(await recv.EndpointAsync());
        await push.SendAsync(new byte[SlowStream.Large]).AsTask().WithinAsync();
        await slow.Reached.WithinAsync();

        await recv.SignalAsync().WithinAsync();
        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        Assert.Equal((2 * SlowStream.Large) + 1, slow.Octets);
    }

    [Fact]
    public async Task Rep_InterruptedWhileARequestIsWritten_ShowsItAndEndsWell()
    {
        await using var rep = Cli.Start(_console, "rep", "--bind", "tcp://127.0.0.1:*");
        await using var req = new ReqSocket(_context);
        req.Connect(await rep.EndpointAsync());
        await req.SendAsync("shown to its end").AsTask().WithinAsync();
        await ExpectToBeShownAsync(rep, "shown to its end\n");
    }

    [Theory]
    [InlineData]
    [InlineData("--json")]
    public async Task Auth_InterruptedWhileADecisionIsWritten_ShowsItAndEndsWell(params string[] more)
    {
        await using var auth = Cli.Start(_console, ["auth", "tcp://127.0.0.1:*", "--allow", "127.0.0.1", .. more]);
        await using var dealer = new DealerSocket(_context);
        dealer.Connect(await auth.EndpointAsync());
        await ExpectToBeShownAsync(auth, "200");
    }

    /// <summary>The endpoint is given up for good while what has been received waits to be shown.</summary>
    [Theory]
    [InlineData(null, "one\ntwo\nthree\n")]
    [InlineData("2", "one\ntwo\n")]
    public async Task Recv_StoppedWhileItsOutputIsStalled_ShowsWhatItHasReceived(string? count, string expected)
    {
        await using var pull = new PullSocket(_context);
        await pull.BindAsync("inproc://stopped");
        await using var push = new PushSocket(_context);
        push.Connect("inproc://stopped");
        foreach (var text in new[] { "one", "two", "three" }) Assert.True(push.TrySend(text));
        using var stop = new CancellationTokenSource();
        var work = new Receiving(new CommandContext(_console, new Option<bool>("--no-color"))).Begin(count is null ? [] : ["--count", count]);
        var working = work(pull, stop.Token, CancellationToken.None);
        await _stalled.Reached.WithinAsync();

        await stop.CancelAsync();
        _stalled.Release();

        if (count is null) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working.WithinAsync());
        else Assert.Equal(ExitCode.Success, await working.WithinAsync());
        Assert.Equal(expected, _stalled.Text);
    }

    /// <summary>Whoever interrupts does not wait for all that is left, and has ended it in the way that it ends without --count.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("3")]
    public async Task Recv_InterruptedWhileItShowsWhatIsLeft_EndsAfterTheMessageThatIsWritten(string? count)
    {
        await using var pull = new PullSocket(_context);
        await pull.BindAsync("inproc://left");
        await using var push = new PushSocket(_context);
        push.Connect("inproc://left");
        foreach (var text in new[] { "one", "two", "three" }) Assert.True(push.TrySend(text));
        using var interrupt = new CancellationTokenSource();
        var work = new Receiving(new CommandContext(_console, new Option<bool>("--no-color"))).Begin(count is null ? [] : ["--count", count]);
        var working = work(pull, new CancellationToken(canceled: true), interrupt.Token);
        await _stalled.Reached.WithinAsync();

        await interrupt.CancelAsync();
        _stalled.Release();

        if (count is null) Assert.Equal(ExitCode.Success, await working.WithinAsync());
        else await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working.WithinAsync());
        Assert.Equal("one\n", _stalled.Text);
    }

    /// <summary>What the guide says is lost: what had come and was not shown yet.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true, "--count", "3")]
    public async Task Recv_InterruptedWithMessagesThatHaveCome_ShowsTheOneThatIsWrittenOnly(bool isCutShort, params string[] more)
    {
        await using var recv = Cli.Start(_console, ["recv", "--bind", "tcp://127.0.0.1:*", .. more]);
        await using var push = new PushSocket(_context);
        push.Connect(await recv.EndpointAsync());
        foreach (var text in new[] { "one", "two", "three" }) await push.SendAsync(text).AsTask().WithinAsync();
        await _stalled.Reached.WithinAsync();

        await recv.SignalAsync().WithinAsync();
        _stalled.Release();

        Assert.Equal(isCutShort ? ExitCode.Interrupted : ExitCode.Success, await recv.EndAsync());
        Assert.Equal("one\n", _stalled.Text);
    }

    private async Task ExpectToBeShownAsync(RunningCli command, string shown)
    {
        await _stalled.Reached.WithinAsync();
        await command.SignalAsync().WithinAsync();
        _stalled.Release();
        Assert.Equal(ExitCode.Success, await command.EndAsync());
        Assert.Contains(shown, _stalled.Text, StringComparison.Ordinal);
        Assert.EndsWith("\n", _stalled.Text, StringComparison.Ordinal);
    }

    private async Task ExpectEndAsync(RunningCli command, string lost)
    {
        await _stalled.Reached.WithinAsync();
        await command.SignalAsync().WithinAsync();
        await _time.MadeAsync(LastWrite.Grace).WithinAsync();
        _time.Advance(LastWrite.Grace);
        Assert.Equal(ExitCode.Interrupted, await command.EndAsync());
        Assert.Contains($"zmtp: Interrupted. {lost}", _console.Errors, StringComparison.Ordinal);
    }

    private sealed class Receiving(CommandContext context) : ReceivingCommand("receive", "Receives.", context)
    {
        public override IReadOnlyList<string> Examples => [];

        public SocketWork Begin(string[] more) => Prepare(Parse(["tcp://127.0.0.1:1", .. more]));

        protected override SocketType SocketTypeOf(ParseResult parsed) => SocketType.Pull;
    }

    /// <summary>Standard output that somebody reads, with more than half of the grace for each write once the first grace has begun.</summary>
    private sealed class SlowStream(TimersTold time) : WriteOnlyStream
    {
        public const int Large = 256 * 1024;

        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public int Octets { get; private set; }

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _reached.TrySetResult();
            await time.MadeAsync(LastWrite.Grace);
            time.Advance(LastWrite.Grace * 0.6);
            Octets += buffer.Length;
        }

        public override void Flush()
        {
        }
    }
}
