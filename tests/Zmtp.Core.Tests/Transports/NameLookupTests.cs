using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class NameLookupTests : IDisposable
{
    private static readonly AsyncLocal<string?> Flowing = new();
    private readonly HeldNames _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task NAMES_ManyAskForOne_OneThreadOfItsOwnAsksAndNothingIsKept()
    {
        string? flowed = null;
        var names = new NameLookup(name =>
        {
            flowed = Flowing.Value;
            return _service.Ask(name);
        });
        Flowing.Value = "the caller's";

        var first = names.AddressesAsync("server.invalid", TestTimeout.Token);
        var asked = await _service.NextAsync();
        var second = names.AddressesAsync("SERVER.invalid", TestTimeout.Token);
        asked.Answer(IPAddress.Loopback);

        Assert.Equal([IPAddress.Loopback], await first.WithinAsync());
        Assert.Equal([IPAddress.Loopback], await second.WithinAsync());
        Assert.Equal(("server.invalid", false, NameLookup.ThreadName), (asked.Name, asked.IsOnPool, asked.ThreadName));
        Assert.Equal((1, null), (_service.Count, flowed));

        var later = names.AddressesAsync("server.invalid", TestTimeout.Token);
        (await _service.NextAsync()).Answer(IPAddress.IPv6Loopback);
        Assert.Equal([IPAddress.IPv6Loopback], await later.WithinAsync());
    }

    [Fact]
    public async Task NAMES_OneGivesUp_TheOtherAndWhoComesAfterHaveTheAnswer()
    {
        var names = new NameLookup(_service.Ask);
        using var giveUp = new CancellationTokenSource();
        var impatient = names.AddressesAsync("server.invalid", giveUp.Token);
        var patient = names.AddressesAsync("server.invalid", TestTimeout.Token);
        var asked = await _service.NextAsync();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient.WithinAsync());
        var after = names.AddressesAsync("server.invalid", TestTimeout.Token);
        asked.Answer(IPAddress.Loopback);
        Assert.Equal([IPAddress.Loopback], await patient.WithinAsync());
        Assert.Equal([IPAddress.Loopback], await after.WithinAsync());
        Assert.Equal(1, _service.Count);
    }

    [Fact]
    public async Task NAMES_GivenUpBefore_NobodyIsAsked()
    {
        var names = new NameLookup(_service.Ask, maxAtOnce: 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => names.AddressesAsync("unwanted.invalid", new CancellationToken(true)).WithinAsync());

        // It would wait in line behind the other.
        var wanted = names.AddressesAsync("server.invalid", TestTimeout.Token);
        var asked = await _service.NextAsync();
        Assert.Equal("server.invalid", asked.Name);
        asked.Answer(IPAddress.Loopback);
        await wanted.WithinAsync();
    }

    [Fact]
    public async Task NAMES_ServiceFailsWhenNobodyWaitsAnyMore_TheFailureIsSeen()
    {
        var seen = new ConcurrentQueue<Exception>();
        EventHandler<UnobservedTaskExceptionEventArgs> unseen = (_, e) =>
        {
            // One that nothing else here throws.
            foreach (var one in e.Exception.InnerExceptions.OfType<TimeZoneNotFoundException>()) seen.Enqueue(one);
        };
        TaskScheduler.UnobservedTaskException += unseen;
        try
        {
            await AskAndGiveUpAsync();
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            Assert.Empty(seen);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= unseen;
        }

        // Of its own, so that nothing refers to the failure afterwards.
        async Task AskAndGiveUpAsync()
        {
            using var ended = new ManualResetEventSlim();
            var names = new NameLookup(_service.Ask, run => Start(run, ended));
            using var giveUp = new CancellationTokenSource();
            var waiting = names.AddressesAsync("server.invalid", giveUp.Token);
            var asked = await _service.NextAsync();
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WithinAsync());
            asked.Fail(new TimeZoneNotFoundException());
            Assert.True(ended.Wait(TestTimeout.Default));
        }

        static void Start(ThreadStart run, ManualResetEventSlim ended) => new Thread(() =>
        {
            run();
            ended.Set();
        }) { IsBackground = true }.Start();
    }

    [Fact]
    public async Task NAMES_ServiceFails_AllWhoWaitHearOfIt()
    {
        var names = new NameLookup(_service.Ask);
        var first = names.AddressesAsync("server.invalid", TestTimeout.Token);
        var second = names.AddressesAsync("server.invalid", TestTimeout.Token);

        (await _service.NextAsync()).Fail(new SocketException((int)SocketError.TryAgain));

        foreach (var waiting in new[] { first, second })
        {
            var error = await Assert.ThrowsAsync<SocketException>(() => waiting.WithinAsync());
            Assert.Equal(SocketError.TryAgain, error.SocketErrorCode);
        }
    }

    [Fact]
    public async Task NAMES_MoreThanMayBeAskedForAtOnce_WaitInLineUnlessNobodyWantsThemAnyMore()
    {
        var names = new NameLookup(_service.Ask, maxAtOnce: 2);
        using var giveUp = new CancellationTokenSource();
        var a = names.AddressesAsync("a", TestTimeout.Token);
        var b = names.AddressesAsync("b", TestTimeout.Token);
        var unwanted = names.AddressesAsync("unwanted", giveUp.Token);
        var lost = names.AddressesAsync("c", giveUp.Token);
        var d = names.AddressesAsync("d", TestTimeout.Token);
        var running = new[] { await _service.NextAsync(), await _service.NextAsync() };
        Assert.Equal(["a", "b"], running.Select(static question => question.Name).Order());
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => unwanted.WithinAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost.WithinAsync());

        // Who comes back has its old place, before the one that came after it.
        var c = names.AddressesAsync("c", TestTimeout.Token);
        Assert.Equal(2, _service.Count);
        running[0].Answer(IPAddress.Loopback);
        var third = await _service.NextAsync();
        running[1].Fail(new SocketException((int)SocketError.HostNotFound));
        var fourth = await _service.NextAsync();
        third.Answer(IPAddress.Loopback);
        fourth.Answer(IPAddress.IPv6Loopback);

        Assert.Equal(("c", "d"), (third.Name, fourth.Name));
        Assert.Equal([IPAddress.Loopback], await c.WithinAsync());
        Assert.Equal([IPAddress.IPv6Loopback], await d.WithinAsync());
        await Assert.ThrowsAsync<SocketException>(() => Task.WhenAll(a, b).WithinAsync());
        Assert.Equal(4, _service.Count);

        // Whatever became of the threads, there are two again.
        _ = names.AddressesAsync("e", TestTimeout.Token);
        _ = names.AddressesAsync("f", TestTimeout.Token);
        await _service.NextAsync();
        await _service.NextAsync();
    }

    [Fact]
    public async Task NAMES_NoThreadCanBeStarted_FailsAndTheNextInLineHasItsPlace()
    {
        NameLookup? names = null;
        Task<IPAddress[]>? next = null;
        names = new NameLookup(
            _service.Ask,
            run =>
            {
                if (next is null)
                {
                    next = names!.AddressesAsync("next.invalid", TestTimeout.Token);
                    throw new InsufficientMemoryException();
                }

                new Thread(run) { IsBackground = true }.UnsafeStart();
            },
            maxAtOnce: 1);

        var endpoint = ZmtpEndpoint.Parse("tcp://server.invalid:1");
        var error = await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => new TcpTransport(names).ConnectAsync(endpoint, new TransportOptions(), TestTimeout.Token).WithinAsync());

        Assert.Equal((true, FaultOrigin.Local), (error.MayRetry, error.Origin));
        Assert.Contains("thread", error.Message, StringComparison.Ordinal);
        (await _service.NextAsync()).Answer(IPAddress.Loopback);
        Assert.Equal([IPAddress.Loopback], await next!.WithinAsync());
        var again = names.AddressesAsync("server.invalid", TestTimeout.Token);
        (await _service.NextAsync()).Answer(IPAddress.Loopback);
        Assert.Equal([IPAddress.Loopback], await again.WithinAsync());
    }
}
