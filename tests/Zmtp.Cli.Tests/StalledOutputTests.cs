using Zmtp.Sockets;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>A first signal ends a command also while nobody reads what it shows.</summary>
public sealed class StalledOutputTests : IDisposable
{
    private readonly StalledStream _stalled = new();
    private readonly TestConsole _console;
    private readonly ZmtpContext _context = Searched.NewContext();

    public StalledOutputTests() => _console = new TestConsole(_stalled);

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

    private async Task ExpectEndAsync(RunningCli command, string lost)
    {
        await _stalled.Reached.WithinAsync();
        Assert.Equal(ExitCode.Interrupted, await command.InterruptAsync());
        Assert.Contains($"zmtp: Interrupted. {lost}", _console.Errors, StringComparison.Ordinal);
    }
}
