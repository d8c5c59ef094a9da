using System.Collections.Concurrent;
using Xunit;
using Zmtp;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>Waiting, closing, reconnecting, probing and passing on.</summary>
public sealed class ConnectionSnippets
{
    [Fact]
    public Task Waiting() => InContextAsync(async context =>
    {
        await using var receiver = new PullSocket(context);
        var isOver = false;
        using var source = new CancellationTokenSource();
        var stop = source.Token;

        // snippet: waiting
        try
        {
            using var message = await receiver.ReceiveAsync(TimeSpan.FromMilliseconds(50), stop);
        }
        catch (TimeoutException)
        {
            isOver = true; // nothing came in time, and nothing is lost: the next call gets what comes later
        }

        // Blocking, the same without an exception:
        if (receiver.TryReceive(TimeSpan.FromMilliseconds(50), out var late)) late.Dispose();
        // end

        Assert.True(isOver);
    });

    [Fact]
    public Task TimeForSeveralCalls() => InContextAsync(async context =>
    {
        await using var server = new RepSocket(context);
        await using var client = new ReqSocket(context);
        client.Connect(await server.BindAsync("inproc://server"));
        using var source = new CancellationTokenSource();
        var stop = source.Token;
        var serving = AnswerAsync();

        // snippet: time-limit
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop); // given up with the whole service
        limit.CancelAfter(TimeSpan.FromSeconds(5));                              // or when the time is over, of both calls together
        await client.SendAsync("a request", limit.Token);
        using var reply = await client.ReceiveAsync(limit.Token);
        // end

        Assert.Equal("a reply", reply.AsString());
        await serving;

        async Task AnswerAsync()
        {
            using var request = await server.ReceiveAsync();
            await server.SendAsync("a reply");
        }
    });

    [Fact]
    public Task Receiving() => InContextAsync(async context =>
    {
        await using var left = new PairSocket(context);
        await using var right = new PairSocket(context);
        right.Connect(await left.BindAsync("inproc://left"));
        await left.SendAsync("hello");
        await left.SendAsync("world");
        using var source = new CancellationTokenSource();
        var stop = source.Token;
        using var output = new StringWriter { NewLine = "\n" };
        var printing = PrintAllAsync(right);
        await source.CancelAsync();

        // snippet: receiving
        async Task PrintAllAsync(IReceivingSocket socket)
        {
            await foreach (var message in socket.WithCancellation(stop))
            {
                using (message) output.WriteLine(message.AsString());
            }
        }
        // end

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => printing.WithinAsync());
        Assert.Equal("hello\nworld\n", output.ToString());
    });

    [Fact]
    public Task Reset() => InContextAsync(async context =>
    {
        await using var server = new RepSocket(context);
        await using var client = new ReqSocket(context);
        client.Connect(await server.BindAsync("tcp://127.0.0.1:*"));

        // snippet: reset
        await client.SendAsync("a request");
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        try
        {
            using var reply = await client.ReceiveAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            client.Reset(); // gives the request up; a late reply is dropped
            await client.SendAsync("another request");
        }
        // end

        string asked;
        do
        {
            using var request = await server.ReceiveAsync();
            asked = request.AsString();
            await server.SendAsync($"the reply to {asked}");
        }
        while (asked != "another request");
        using var received = await client.ReceiveAsync();
        Assert.Equal("the reply to another request", received.AsString());
    });

    [Fact]
    public Task Closing() => InContextAsync(async context =>
    {
        await using var receiver = new PullSocket(context);
        var endpoint = await receiver.BindAsync("tcp://127.0.0.1:*");
        await SayAsync();
        using var message = await receiver.ReceiveAsync();
        Assert.Equal("the last word", message.AsString());

        async Task SayAsync()
        {
            // snippet: closing
            await using var own = new ZmtpContext();
            await using var sender = new PushSocket(own, new() { Linger = TimeSpan.FromSeconds(5) });
            sender.Connect(endpoint);
            await sender.SendAsync("the last word");
            // At the end of the block the socket closes first, and what is queued has 5 s to leave; then the context.
            // end
        }
    });

    [Fact]
    public Task ClosingAndCounting() => InContextAsync(async context =>
    {
        var sender = new PushSocket(context);
        sender.Connect("inproc://nobody");
        await sender.SendAsync("not going to leave");
        using var hurry = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var stop = hurry.Token;
        using var output = new StringWriter();

        // snippet: close
        var dropped = await sender.CloseAsync(TimeSpan.FromSeconds(5), stop); // stop ends the wait, and the socket closes all the same
        if (dropped > 0) output.WriteLine($"{dropped} messages did not leave.");
        // end

        Assert.Equal("1 messages did not leave.", output.ToString().Trim());
    });

    [Fact]
    public Task TakingWhatIsLeft() => InContextAsync(async context =>
    {
        await using var orders = new PullSocket(context);
        var endpoint = await orders.BindAsync("inproc://orders");
        await using var sender = new PushSocket(context);
        sender.Connect(endpoint);
        await sender.SendAsync("an order");
        await sender.SendAsync("another one");
        var book = new List<string>();

        // snippet: take-what-is-left
        await orders.UnbindAsync(endpoint); // nobody else comes; what is on its way is read to its end, for 250 ms at most
        while (orders.TryReceive(out var order))
        {
            using (order) book.Add(order.AsString());
        }

        await orders.DisposeAsync();
        // end

        Assert.Equal(["an order", "another one"], book);
    });

    [Fact]
    public Task Events() => InContextAsync(async context =>
    {
        await using var server = new PullSocket(context);
        await using var client = new PushSocket(context);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        var log = new ConcurrentQueue<string>();
        using var events = new SocketEvents(client);

        // snippet: events
        client.Event += (_, happened) => log.Enqueue(happened.ToString());
        client.Connect(endpoint);
        var peer = await client.WaitForPeerAsync(TimeSpan.FromSeconds(5)); // throws why not, if not
        // end

        Assert.Equal(SocketType.Pull, peer.SocketType);
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);
    });

    [Fact]
    public Task Stopped() => InContextAsync(async context =>
    {
        await using var unfitting = new PubSocket(context);
        var endpoint = await unfitting.BindAsync("tcp://127.0.0.1:*");
        string? why = null;

        // snippet: stopped
        var stopped = new CancellationTokenSource(); // not disposed of: the handler may be called after the socket is gone
        await using var client = new ReqSocket(context);
        client.Event += (_, happened) =>
        {
            if (happened.Kind == SocketEventKind.ConnectStopped) stopped.Cancel();
        };
        client.Connect(endpoint);
        try
        {
            await client.SendAsync("a request", stopped.Token);
            using var reply = await client.ReceiveAsync(stopped.Token);
        }
        catch (OperationCanceledException)
        {
            why = "The socket has given up: its log and its events say why."; // without the token this would wait for ever
        }
        // end

        Assert.NotNull(why);
    });

    [Fact]
    public Task Probe() => InContextAsync(async context =>
    {
        var (security, stop) = (SocketOptions.Default.Security, TestTimeout.Token);
        await using var server = new PullSocket(context);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");

        // snippet: probe
        var options = new SocketOptions
        {
            Security = security,                             // as a client of this peer has it
            HandshakeTimeout = TimeSpan.FromSeconds(5),
            Transport = new() { ConnectTimeout = TimeSpan.FromSeconds(5) },
        };
        var report = await ZmtpProbe.RunAsync(endpoint, SocketType.Push, options, cancellationToken: stop);
        var isHealthy = report.Outcome == ProbeOutcome.Success;
        Console.WriteLine(report.Message); // what happened and, where it failed, what to check
        // end

        Assert.True(isHealthy, report.Message);
    });

    [Fact]
    public Task Proxy() => InContextAsync(async context =>
    {
        using var stop = new CancellationTokenSource();
        var isOver = false;

        // snippet: proxy
        await using var frontend = new RouterSocket(context);   // clients, REQ or DEALER, connect here
        await using var backend = new DealerSocket(context);    // workers, REP, connect here
        var forClients = await frontend.BindAsync("tcp://127.0.0.1:*");
        var forWorkers = await backend.BindAsync("tcp://127.0.0.1:*");
        var proxying = ZmtpProxy.RunAsync(frontend, backend, cancellationToken: stop.Token);
        // end

        await using var worker = new RepSocket(context);
        await using var client = new ReqSocket(context);
        worker.Connect(forWorkers);
        client.Connect(forClients);
        await client.SendAsync("work");
        using (var request = await worker.ReceiveAsync()) await worker.SendAsync("done");
        using var reply = await client.ReceiveAsync();
        Assert.Equal("done", reply.AsString());

        // snippet: proxy-end
        await stop.CancelAsync();
        try
        {
            await proxying;
        }
        catch (OperationCanceledException)
        {
            isOver = true; // told to stop
        }
        catch (ObjectDisposedException)
        {
            isOver = true; // a socket, or its context, was disposed
        }
        // end

        Assert.True(isOver);
        Assert.True(proxying.IsCanceled);
    });

    private static async Task InContextAsync(Func<ZmtpContext, Task> run)
    {
        await using var context = Searched.NewContext();
        await run(context).WithinAsync();
    }
}
