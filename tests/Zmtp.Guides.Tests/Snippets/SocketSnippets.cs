// snippet: sockets-usings
using System.Threading.Channels;
using Zmtp;
using Zmtp.Sockets;
// end
using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>The patterns, and messages.</summary>
public sealed class SocketSnippets
{
    [Fact]
    public Task PushPull() => InContextAsync(async context =>
    {
        // snippet: push-pull
        await using var tasks = new PushSocket(context);
        var endpoint = await tasks.BindAsync("tcp://127.0.0.1:*"); // a free port; the real endpoint comes back

        await using var worker = new PullSocket(context);
        worker.Connect(endpoint);

        await tasks.SendAsync("a task");
        using var task = await worker.ReceiveAsync();
        // end

        Assert.Equal("a task", task.AsString());
    });

    [Fact]
    public Task RequestReply() => InContextAsync(async context =>
    {
        // snippet: req-rep
        await using var server = new RepSocket(context);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        var serving = Task.Run(async () =>
        {
            await foreach (var request in server) // until the socket is disposed
            {
                using (request) await server.SendAsync($"Hello, {request.AsString()}");
            }
        });

        await using var client = new ReqSocket(context);
        client.Connect(endpoint);
        await client.SendAsync("Ann");
        using var reply = await client.ReceiveAsync();
        // end

        Assert.Equal("Hello, Ann", reply.AsString());
        await server.DisposeAsync();
        await serving;
    });

    [Fact]
    public Task PublishSubscribe() => InContextAsync(async context =>
    {
        // snippet: pub-sub
        await using var publisher = new PubSocket(context);
        var endpoint = await publisher.BindAsync("tcp://127.0.0.1:*");

        await using var subscriber = new SubSocket(context);
        subscriber.Subscribe("weather.");   // what the first frame must begin with; "" for everything
        subscriber.Connect(endpoint);

        var next = subscriber.ReceiveAsync().AsTask();
        while (!next.IsCompleted)           // what is published before the subscription has arrived goes past it
        {
            await publisher.SendAsync(Message.Of("weather.zurich", "4 °C"));
            await Task.WhenAny(next, Task.Delay(100));
        }

        using var report = await next;
        // end

        Assert.Equal("4 °C", report.AsString(1));
    });

    [Fact]
    public Task DealerRouter() => InContextAsync(async context =>
    {
        // snippet: dealer-router
        await using var router = new RouterSocket(context);
        var endpoint = await router.BindAsync("tcp://127.0.0.1:*");

        await using var dealer = new DealerSocket(context, new() { RoutingId = "ann"u8.ToArray() });
        dealer.Connect(endpoint);
        await dealer.SendAsync("a question");

        using var question = await router.ReceiveAsync();       // two frames: "ann" and "a question"
        await router.SendAsync(Message.Of(question[0], "an answer"));

        using var answer = await dealer.ReceiveAsync();         // one frame: "an answer"
        // end

        Assert.Equal(("ann", "a question"), (question.AsString(), question.AsString(1)));
        Assert.Equal(("an answer", 1), (answer.AsString(), answer.FrameCount));
    });

    [Fact]
    public Task RouterMandatory() => InContextAsync(async context =>
    {
        var isUnknown = false;

        // snippet: router-mandatory
        await using var router = new RouterSocket(context, new() { RouterMandatory = true });
        await router.BindAsync("tcp://127.0.0.1:*");

        using var message = Message.Of("joe", "hello"); // the routing id, then what he gets
        try
        {
            await router.SendAsync(message);
        }
        catch (HostUnreachableException)
        {
            isUnknown = true; // no connected peer has this routing id; the message is still ours
        }
        // end

        Assert.True(isUnknown);
        Assert.Equal(2, message.FrameCount);
    });

    [Fact]
    public Task Pair() => InContextAsync(async context =>
    {
        // snippet: pair
        await using var left = new PairSocket(context);
        await left.BindAsync("inproc://control");

        await using var right = new PairSocket(context);
        right.Connect("inproc://control");

        await right.SendAsync("ready");
        using var signal = await left.ReceiveAsync();
        // end

        Assert.Equal("ready", signal.AsString());
    });

    [Fact]
    public Task Frames() => InContextAsync(async context =>
    {
        await using var sender = new PushSocket(context);
        await using var receiver = new PullSocket(context);
        sender.Connect(await receiver.BindAsync("tcp://127.0.0.1:*"));
        byte[] octets = [1, 2, 3];

        // snippet: frames
        await sender.SendAsync("one frame of text");                        // also octets: ReadOnlyMemory<byte>
        await sender.SendAsync(Message.Of("several", "frames", "of text")); // delivered whole or not at all

        var order = Message.Create().Append("order").Append(octets);        // copied, frame by frame
        await sender.SendAsync(order);                                      // the socket's from here on: do not use it again
        // end

        // snippet: ownership
        using var text = await receiver.ReceiveAsync();     // ours: its memory goes back with Dispose
        using var message = await receiver.ReceiveAsync();
        for (var frame = 0; frame < message.FrameCount; frame++) Console.WriteLine(message.AsString(frame));

        using var received = await receiver.ReceiveAsync();
        var borrowed = received[0];                         // valid until "received" is disposed or sent
        var kept = received.ToArray();                      // a copy, to keep
        // end

        Assert.Equal("one frame of text", text.AsString());
        Assert.Equal(3, message.FrameCount);
        Assert.Equal("order"u8, borrowed.Span);
        Assert.Equal("order"u8, kept);
        Assert.Equal(octets, received.ToArray(1));
        Assert.Throws<ObjectDisposedException>(() => order.AsString());
    });

    [Fact]
    public Task FrameCount() => InContextAsync(async context =>
    {
        await using var prices = new PullSocket(context);
        await using var sender = new PushSocket(context);
        sender.Connect(await prices.BindAsync("tcp://127.0.0.1:*"));
        using var output = new StringWriter();
        var last = new Dictionary<string, string>();
        await sender.SendAsync("EURUSD");
        await sender.SendAsync(Message.Of("EURUSD", "1.08", "and more"));
        await sender.SendAsync(Message.Of("EURUSD", "1.09"));
        await sender.SendAsync(Message.Of("end", ""));
        using var stopping = new CancellationTokenSource();
        var stop = stopping.Token;
        var reading = ReadAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WithinAsync());

        Assert.Equal("1.09", last["EURUSD"]);
        Assert.Equal(2, output.ToString().Split('\n').Count(static line => line.StartsWith("Not a price", StringComparison.Ordinal)));

        async Task ReadAsync()
        {
            // snippet: frame-count
            await foreach (var message in prices.WithCancellation(stop))
            {
                using (message)
                {
                    if (message.FrameCount == 2) Set(message.AsString(), message.AsString(1));
                    else output.WriteLine($"Not a price: {message}, from {message.Peer}");
                }
            }
            // end
        }

        void Set(string name, string price)
        {
            last[name] = price;
            if (name == "end") stopping.Cancel();
        }
    });

    [Fact]
    public Task Envelope() => InContextAsync(async context =>
    {
        await using var clients = new RouterSocket(context);
        await using var workers = new RouterSocket(context);
        await using var client = new DealerSocket(context);
        await using var busy = new DealerSocket(context, new() { RoutingId = "busy"u8.ToArray() });
        await using var free = new DealerSocket(context, new() { RoutingId = "free"u8.ToArray() });
        client.Connect(await clients.BindAsync("inproc://clients"));
        var endpoint = await workers.BindAsync("inproc://workers");
        busy.Connect(endpoint);
        free.Connect(endpoint);
        await client.SendAsync("a question");
        var answering = AnswerAsync();
        var worker = "free";

        // snippet: envelope
        using var request = await clients.ReceiveAsync();       // both are ROUTERs: the client's routing id and its question
        await workers.SendAsync(Message.Create()
            .Append(worker)                                     // the routing id of the one who is to answer
            .Append(request));                                  // all frames: the client's routing id and its question

        using var reply = await workers.ReceiveAsync();         // the worker's routing id, the client's, the answer
        await clients.SendAsync(Message.Create().Append(reply, firstFrame: 1)); // without the worker's routing id
        // end

        using var answer = await client.ReceiveAsync();
        Assert.Equal(("an answer", 1), (answer.AsString(), answer.FrameCount));
        await answering;

        async Task AnswerAsync()
        {
            using var question = await free.ReceiveAsync(); // the client's routing id and its question
            Assert.Equal((2, "a question"), (question.FrameCount, question.AsString(1)));
            await free.SendAsync(Message.Of(question[0], "an answer"));
        }
    });

    private static async Task InContextAsync(Func<ZmtpContext, Task> run)
    {
        await using var context = Searched.NewContext();
        await run(context).WithinAsync();
    }
}
