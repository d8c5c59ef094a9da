using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Lifecycle;

[Collection(AloneCollection.Name)]
public class CloseWhileBusyTests
{
    private static readonly SocketOptions Options = new()
    {
        Linger = TimeSpan.Zero, ReconnectInterval = TimeSpan.FromMilliseconds(1), SendHighWaterMark = 10, ReceiveHighWaterMark = 10,
    };

    [Theory]
    [InlineData("tcp", "NULL", 100)]
    [InlineData("tcp", "CURVE", 30)]
    [InlineData("ipc", "NULL", 50)]
    [InlineData("inproc", "NULL", 200)]
    public async Task ConnectSendCutDispose_AgainAndAgain_NothingHangsAndNothingIsUnobserved(string transport, string mechanism, int rounds)
    {
        var unobserved = new List<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            lock (unobserved) unobserved.Add(e.Exception);
        }

        // What tests before this one have abandoned is theirs.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            for (var round = 0; round < rounds; round++) await RoundAsync(transport, mechanism, round);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        // The event is the whole process's: calls that tests beside this one abandoned on a disposed socket are theirs, and so is the want of
        // memory that they make up.
        Assert.DoesNotContain(
            unobserved,
            static e => e.InnerException is not (ObjectDisposedException or InsufficientMemoryException) &&
                        e.ToString().Contains("Zmtp.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BindAndConnect_WhileTheSocketIsDisposed_NothingStaysBehind()
    {
        for (var i = 0; i < 50; i++)
        {
            await using var context = Join.NewContext();
            var pull = new PullSocket(context, Options);
            var endpoint = await pull.BindAsync(Join.Fresh("ipc"));
            var binding = Task.Run(async () =>
            {
                try
                {
                    return await pull.BindAsync(Join.Fresh("ipc"));
                }
                catch (ObjectDisposedException)
                {
                    return "";
                }
            });
            var connecting = Task.Run(() => Record.Exception(() => pull.Connect(endpoint)));
            await pull.DisposeAsync().WithinAsync();
            Assert.True(await connecting.WithinAsync() is null or ObjectDisposedException);

            // Whoever got an endpoint back finds it free again.
            await using var next = new PullSocket(context, Options);
            var bound = await binding.WithinAsync();
            if (bound.Length > 0) await next.BindAsync(bound);
            await next.BindAsync(endpoint);
        }
    }

    [Fact]
    public async Task Context_DisposedWithBusySockets_Ends()
    {
        for (var i = 0; i < 20; i++)
        {
            var context = Join.NewContext();
            var rep = new RepSocket(context, Options);
            var endpoint = await rep.BindAsync("tcp://127.0.0.1:*");
            var calls = new List<Task>
            {
                Task.Run(async () =>
                {
                    await foreach (var request in rep) await rep.SendAsync(request);
                }),
            };
            for (var asker = 0; asker < 4; asker++)
            {
                var req = new ReqSocket(context, Options);
                req.Connect(endpoint);
                calls.Add(Task.Run(async () =>
                {
                    while (true)
                    {
                        await req.SendAsync("x");
                        (await req.ReceiveAsync()).Dispose();
                    }
                }));
            }

            await Task.Delay(i);
            await context.DisposeAsync().WithinAsync();
            foreach (var call in calls)
            {
                var error = await Record.ExceptionAsync(() => call.WithinAsync());
                Assert.True(error is null or ObjectDisposedException, error?.ToString());
            }
        }
    }

    private static async Task RoundAsync(string transport, string mechanism, int round)
    {
        var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, Options);
        var pull = new PullSocket(context, server);
        var push = new PushSocket(context, client);
        var endpoint = await pull.BindAsync(Join.Fresh(transport));
        await using var relay = transport == "tcp" ? Relay.To(endpoint) : null;
        push.Connect(relay?.Endpoint ?? endpoint);
        var sending = Task.Run(async () =>
        {
            while (true) await push.SendAsync(new byte[100 + round]);
        });
        var receiving = Task.Run(async () =>
        {
            while (true) (await pull.ReceiveAsync()).Dispose();
        });
        if (round % 3 != 0) await push.WaitForPeerAsync(TestTimeout.Default);
        if (round % 2 == 0) relay?.Cut();
        if (round % 5 == 0) await pull.UnbindAsync(endpoint).WithinAsync();

        var ends = round % 4 < 2
            ? new[] { push.DisposeAsync().AsTask(), pull.DisposeAsync().AsTask() }
            : [context.DisposeAsync().AsTask()];
        await Task.WhenAll(ends).WithinAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => sending.WithinAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => receiving.WithinAsync());
        await context.DisposeAsync().WithinAsync();
    }
}
