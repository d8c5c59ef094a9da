using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>Who leaves the empty frame away that REQ and REP go by waits for ever: the log says why.</summary>
public sealed class MissingDelimiterTests : DisposedTests
{
    private const int Undelimited = 3716;

    private readonly LogRecords _log = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ZmtpContext _context;

    public MissingDelimiterTests() => _context = Join.NewContext(new ZmtpContextOptions { LoggerFactory = _log, Time = _time });

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    [Spec("REQREP-10")]
    public async Task REQ_RouterLeavesTheEmptyFrameAway_IsOneWarningAndTheRightReplyIsReceived(string transport)
    {
        var router = new RouterSocket(_context, Sut.Quick);
        var req = new ReqSocket(_context, Sut.Quick);
        var endpoint = await Join.ToAsync(router, req, transport);
        await req.SendAsync("a question", TestTimeout.Token);
        using var question = await router.ReceiveAsync(TestTimeout.Token);

        for (var i = 0; i < 3; i++) await router.SendAsync(Message.Of(question[0], "wrong"));
        await router.SendAsync(Message.Of(question[0], "").Append("right"));

        await Pairing.ExpectAsync(req.ReceiveAsync(TestTimeout.Token), "right");
        await ExpectTheOnlyLineAsync($"REQ {endpoint}", "with a reply behind it", "A ROUTER sends routing id, empty frame, reply");
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    [Spec("REQREP-23")]
    public async Task REP_DealerLeavesTheEmptyFrameAway_IsOneWarningAndTheRightRequestIsReceived(string transport)
    {
        var rep = new RepSocket(_context, Sut.Quick);
        var dealer = new DealerSocket(_context, Sut.Quick);
        var endpoint = await Join.ToAsync(rep, dealer, transport);

        foreach (var wrong in (Message[])[Message.Of("wrong"), Message.Of("a", "b"), Message.Of("a", "")]) await dealer.SendAsync(wrong);
        await dealer.SendAsync(Message.Of("", "right"));

        await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "right");
        await ExpectTheOnlyLineAsync($"REP {endpoint}", "with a request behind it", "a DEALER empty frame, request");
    }

    [Fact]
    public async Task REP_SameConnectionMinutesLater_IsNotToldAgainButTheNextOneIs()
    {
        var rep = new RepSocket(_context, Sut.Quick);
        var first = new DealerSocket(_context, Sut.Quick);
        var endpoint = await Join.ToAsync(rep, first);
        await first.SendAsync("wrong", TestTimeout.Token);
        await _log.NextAsync(Undelimited);
        _time.Advance(TimeSpan.FromSeconds(61));
        await first.SendAsync("wrong", TestTimeout.Token);
        await first.SendAsync(Message.Of("", "right"), TestTimeout.Token);
        await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "right");
        await rep.SendAsync("a reply", TestTimeout.Token);
        await first.DisposeAsync();

        var second = new DealerSocket(_context, Sut.Quick);
        second.Connect(endpoint);
        await second.SendAsync(Message.Of("", "who"), TestTimeout.Token);
        using var who = await rep.ReceiveAsync(TestTimeout.Token);
        _time.Advance(TimeSpan.FromSeconds(61));
        await second.SendAsync("wrong", TestTimeout.Token);

        var line = await _log.NextAsync(Undelimited, number: 2);
        Assert.Contains(who.Peer!.Endpoint, line.Text, StringComparison.Ordinal);
        Assert.Equal([LogLevel.Warning, LogLevel.Warning], Lines().Select(static line => line.Level));
    }

    /// <summary>Who comes again and again is one peer, from whichever port, for a minute.</summary>
    [Fact]
    public async Task REP_ManyConnectionsOfOnePeer_AreOneWarning()
    {
        var rep = new RepSocket(_context, Sut.Quick);
        var endpoint = await rep.BindAsync("tcp://127.0.0.1:*");
        for (var i = 1; i <= 3; i++)
        {
            await using var dealer = new DealerSocket(_context, Sut.Quick);
            dealer.Connect(endpoint);
            await dealer.SendAsync("wrong", TestTimeout.Token);
            await _log.NextAsync(Undelimited, number: i);
        }

        Assert.Equal([LogLevel.Warning, LogLevel.Debug, LogLevel.Debug], Lines().Select(static line => line.Level));
    }

    /// <summary>What is not awaited is dropped whatever it looks like, and an empty message alone shows a peer: neither is a mistake.</summary>
    [Fact]
    public async Task REQ_LateRepliesAndProbes_AreDroppedInSilence()
    {
        var router = new RouterSocket(_context, Sut.Quick with { ProbeRouter = true });
        var req = new ReqSocket(_context, Sut.Quick);
        await req.BindAsync("inproc://bound");
        var asking = req.SendAsync("1", TestTimeout.Token);
        router.Connect("inproc://bound");
        await asking;
        using var question = await router.ReceiveAsync(TestTimeout.Token);
        await router.SendAsync(Message.Of(question[0], ""));
        await router.SendAsync(Message.Of(question[0], "").Append("right"));
        await router.SendAsync(Message.Of(question[0], "late"));
        await Pairing.ExpectAsync(req.ReceiveAsync(TestTimeout.Token), "right");
        await router.SendAsync(Message.Of(question[0], "late"));

        await PoolAsync();
        Assert.Empty(Lines());
    }

    /// <summary>It is written on the pool, where whatever is thrown ends the process.</summary>
    [Fact]
    public async Task Line_ThereIsNoMemoryForIt_NothingIsThrown()
    {
        using var log = new NoMemory();
        await using var context = Join.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        await using var rep = new RepSocket(context);

        rep.OnUndelimited("tcp://here", "tcp://there");

        Assert.True(log.WasAsked);
    }

    public override ValueTask DisposeAsync() => _context.DisposeAsync();

    private LogRecord[] Lines() => [.. _log.All.Where(static line => line.Id.Id == Undelimited)];

    private async Task ExpectTheOnlyLineAsync(params string[] parts)
    {
        var line = await _log.NextAsync(Undelimited).WithinAsync();
        Assert.Equal(LogLevel.Warning, line.Level);
        foreach (var part in parts) Assert.Contains(part, line.Text, StringComparison.Ordinal);
        await PoolAsync();
        Assert.Single(Lines());
    }

    /// <summary>Until the pool has come to what was handed to it before.</summary>
    private static Task PoolAsync()
    {
        var isReached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static reached => reached.SetResult(), isReached, preferLocal: false);
        return isReached.Task.WithinAsync();
    }

    private sealed class NoMemory : SoleLogger
    {
        public bool WasAsked { get; private set; }

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id != Undelimited) return;
            WasAsked = true;
            throw new InsufficientMemoryException();
        }
    }
}
