using System.Text.Json;
using Zmtp.Sockets;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>A command that sends is done when everything has left, and says so when it has not.</summary>
public sealed class LeavingTests : IDisposable
{
    // More than the system keeps for a peer that does not read.
    private const int Large = 16 * 1024 * 1024;

    private readonly TemporaryDirectory _directory = new();
    private readonly TestConsole _console = new();
    private readonly ZmtpContext _context = Searched.NewContext();

    public void Dispose()
    {
        _context.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Send_APeerThatDoesNotRead_SaysHowManyDidNotLeave()
    {
        await using var listener = RawListener.Open();
        await using var send = Cli.Start(
            _console, "send", listener.Endpoint, "small", "--file", LargeFile(), "--timeout", "1h", "--linger", "2s", "--json");
        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PULL");
        await peer.ExpectAsync(Octets.Frame("small"));

        Assert.Equal(ExitCode.Timeout, await send.EndAsync());
        Assert.Contains("1 messages did not leave", _console.Errors, StringComparison.Ordinal);
        Assert.Contains("--linger", _console.Errors, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(_console.Lines.Single());
        Assert.Equal(2, json.RootElement.GetProperty("messages").GetInt64());
        Assert.Equal(1, json.RootElement.GetProperty("dropped").GetInt64());
    }

    [Fact]
    public async Task Send_APeerThatHangsUpInTheMiddle_SaysSo()
    {
        await using var listener = RawListener.Open();
        await using var send = Cli.Start(_console, "send", listener.Endpoint, "--file", LargeFile());
        await using (var peer = await listener.AcceptAsync())
        {
            await peer.Handshake31Async("PULL");
            await peer.ReadAsync(1024);
        }

        Assert.Equal(ExitCode.Timeout, await send.EndAsync());
        Assert.Contains("1 messages did not leave", _console.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("--linger", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_InterruptedWhileItWaits_EndsAtOnce()
    {
        await using var listener = RawListener.Open();
        await using var send = Cli.Start(_console, "send", listener.Endpoint, "--file", LargeFile(), "--linger", "1h");
        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PULL");
        await peer.ReadAsync(1024);

        Assert.Equal(ExitCode.Interrupted, await send.InterruptAsync());
        Assert.Contains("1 messages did not leave", _console.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("--linger", _console.Errors, StringComparison.Ordinal);
    }

    /// <summary>All has left, but the peer has not hung up: it may not have read it.</summary>
    [Fact]
    public async Task Send_InterruptedWhileThePeerReads_EndsAtOnceAndIsNoFailure()
    {
        await using var listener = RawListener.Open();
        await using var send = Cli.Start(_console, "send", listener.Endpoint, "small", "--linger", "1h", "--json");
        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PULL");
        await _console.WaitForOutputAsync("dropped");

        Assert.Equal(ExitCode.Success, await send.InterruptAsync());
    }

    [Fact]
    public async Task Pub_ASubscriberThatLeaves_IsNoFailure()
    {
        await using var pub = Cli.Start(
            _console, "pub", "--bind", "tcp://127.0.0.1:*", "--file", LargeFile(), "--count", "4", "--delay", "2s");
        await using (var peer = await RawPeer.ConnectAsync(await pub.EndpointAsync()))
        {
            await peer.Handshake31Async("SUB");
            await peer.SendAsync(Octets.SubscribeAll);
            await peer.ReadAsync(1024);
        }

        Assert.Equal(ExitCode.Success, await pub.EndAsync());
    }

    [Fact]
    public async Task Rep_ARequesterThatDoesNotRead_SaysThatTheReplyDidNotLeave()
    {
        await using var rep = Cli.Start(_console, "rep", "--bind", "tcp://127.0.0.1:*", "--count", "1", "--linger", "200ms", "--raw");
        await using var peer = await RawPeer.ConnectAsync(await rep.EndpointAsync());
        await peer.Handshake31Async("REQ");
        await peer.SendAsync(Octets.Frame([], more: true), Octets.LongFrame(0x02, new byte[Large]));

        Assert.Equal(ExitCode.Timeout, await rep.EndAsync());
        Assert.Contains("1 messages did not leave", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_ABackEndThatDoesNotRead_SaysHowManyDidNotLeave()
    {
        await using var listener = RawListener.Open();
        await using var proxy = Cli.Start(
            _console, "proxy", "tcp://127.0.0.1:*", listener.Endpoint, "--type", "pull/push", "--backend-connect", "--linger", "200ms");
        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PULL");
        await using var push = new PushSocket(_context);
        push.Connect(await proxy.EndpointAsync());
        await push.SendAsync("small").AsTask().WithinAsync();
        await push.SendAsync(new byte[Large]).AsTask().WithinAsync();
        await peer.ExpectAsync(Octets.Frame("small"));
        await peer.ReadAsync(1024);

        Assert.Equal(ExitCode.Timeout, await proxy.InterruptAsync());
        Assert.Contains("1 messages did not leave", _console.Errors, StringComparison.Ordinal);
        Assert.Contains("front to back: 2 messages", _console.Output, StringComparison.Ordinal);
    }

    /// <summary>Whoever failed has nothing more to pass on, and nobody waits for long to read why.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Proxy_ThatFails_GivesWhatItHasPassedOnAMomentOnlyAndSaysWhatDidNotLeave(bool isInterrupted)
    {
        var time = new HeldLinger();
        var console = new TestConsole { Time = time };
        await using var senders = RawListener.Open();
        await using var receivers = RawListener.Open();
        await using var proxy = Cli.Start(
            console, "proxy", senders.Endpoint, receivers.Endpoint, "--type", "pull/push", "--frontend-connect", "--backend-connect", "--linger", "1h");
        await using var receiver = await receivers.AcceptAsync();
        await receiver.Handshake31Async("PULL");
        await using (var sender = await senders.AcceptAsync())
        {
            await sender.Handshake31Async("PUSH");
            await sender.SendAsync(Octets.Frame("small"), Octets.LongFrame(0x02, new byte[Large]));
            await receiver.ExpectAsync(Octets.Frame("small"));
            await receiver.ReadAsync(1024);
        }

        // What comes back is a socket of another type: no attempt will ever come to anything.
        await using var stranger = await senders.AcceptAsync();
        await stranger.ExchangeGreetingsAsync(Octets.Greeting31());
        await stranger.SendAsync(Octets.Ready("SUB", identity: null));
        await time.IsSet.WithinAsync();
        if (isInterrupted) await proxy.SignalAsync();
        else time.End();

        Assert.Equal(ExitCode.SocketTypeMismatch, await proxy.EndAsync());
        Assert.Contains("zmtp: 1 messages did not leave", console.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("--linger", console.Errors, StringComparison.Ordinal);
        Assert.Contains("front to back: 2 messages", console.Output, StringComparison.Ordinal);
    }

    private string LargeFile()
    {
        File.WriteAllBytes(_directory["large"], new byte[Large]);
        return _directory["large"];
    }

    /// <summary>The system's time, but that the moment which a command that has failed gives is over when the test says so.</summary>
    private sealed class HeldLinger : TimeProvider
    {
        private readonly TaskCompletionSource _isSet = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Action? _end;

        public Task IsSet => _isSet.Task;

        public void End() => _end!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != SocketOptions.Default.Linger) return base.CreateTimer(callback, state, dueTime, period);
            _end = () => callback(state);
            _isSet.TrySetResult();
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
