using Xunit;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Two sockets whose types go together, and what they have to say to each other.</summary>
internal static class Pairing
{
    public static readonly string[] All =
    [
        "PUSH PULL", "PUB SUB", "XPUB SUB", "PUB XSUB", "XPUB XSUB", "REQ REP", "DEALER ROUTER", "DEALER REP", "REQ ROUTER", "DEALER DEALER", "ROUTER ROUTER", "PAIR PAIR",
    ];

    /// <summary>Makes the two sockets of a pairing.</summary>
    public static (ZmtpSocket First, ZmtpSocket Second) Create(string pairing, ZmtpContext context, SocketOptions first, SocketOptions second)
    {
        var types = pairing.Split(' ');
        return (
            Create(types[0], context, first with { RoutingId = "first"u8.ToArray() }),
            Create(types[1], context, second with { RoutingId = "second"u8.ToArray() }));
    }

    /// <summary>Messages there and, where the types allow it, back: several frames, empty ones among them.</summary>
    public static async Task ExchangeAsync(ZmtpSocket first, ZmtpSocket second)
    {
        switch (first, second)
        {
            case (PubSocket pub, SubSocket sub):
                await PublishAsync(pub, sub);
                return;
            case (XPubSocket xpub, SubSocket sub):
                sub.Subscribe("topic");
                await ExpectAsync(xpub.ReceiveAsync(TestTimeout.Token), "\u0001topic");
                await xpub.SendAsync("other");
                await SendAndExpectAsync(xpub, sub, ["topic.a", "", "b"], ["topic.a", "", "b"]);
                return;
            case (PubSocket pub, XSubSocket xsub):
                xsub.Subscribe("topic");
                await UntilSubscribedAsync(pub, xsub, "topic");
                await SendAndExpectAsync(pub, xsub, ["topic.a", "", "b"], ["topic.a", "", "b"]);
                return;
            case (XPubSocket xpub, XSubSocket xsub):
                await SendAndExpectAsync(xsub, xpub, ["\u0001topic"], ["\u0001topic"]);
                await xpub.SendAsync("other");
                await SendAndExpectAsync(xpub, xsub, ["topic.a", "", "b"], ["topic.a", "", "b"]);
                await SendAndExpectAsync(xsub, xpub, ["a", "", "b"], ["a", "", "b"]);
                return;
            case (PushSocket push, PullSocket pull):
                await push.SendAsync(Message.Of("a", "", "b"));
                await ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "a", "", "b");
                await push.SendAsync("");
                await ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "");
                return;
            case (ReqSocket req, RepSocket rep):
                await SendAndExpectAsync(req, rep, ["ask", ""], ["ask", ""]);
                await SendAndExpectAsync(rep, req, ["answer"], ["answer"]);
                await SendAndExpectAsync(req, rep, [""], [""]);
                await SendAndExpectAsync(rep, req, ["", "x"], ["", "x"]);
                return;
            case (DealerSocket dealer, RepSocket rep):
                await SendAndExpectAsync(dealer, rep, ["id", "", "ask"], ["ask"]);
                await SendAndExpectAsync(rep, dealer, ["answer"], ["id", "", "answer"]);
                return;
            case (ReqSocket req, RouterSocket router):
                await SendAndExpectAsync(req, router, ["ask"], ["first", "", "ask"]);
                await SendAndExpectAsync(router, req, ["first", "", "answer"], ["answer"]);
                return;
            case (DealerSocket dealer, RouterSocket router):
                await SendAndExpectAsync(dealer, router, ["a", "", "b"], ["first", "a", "", "b"]);
                await SendAndExpectAsync(router, dealer, ["first", "", "c"], ["", "c"]);
                return;
            case (RouterSocket one, RouterSocket other):
                await SendAndExpectAsync(one, other, ["second", "a"], ["first", "a"]);
                await SendAndExpectAsync(other, one, ["first", "", "b"], ["second", "", "b"]);
                return;
            case (DuplexSocket one, DuplexSocket other):
                await SendAndExpectAsync(one, other, ["a", "", "b"], ["a", "", "b"]);
                await SendAndExpectAsync(other, one, [""], [""]);
                return;
            default:
                throw new ArgumentException($"{first.Type} and {second.Type} do not go together.");
        }
    }

    /// <summary>Expects the frames of a message as text.</summary>
    public static async Task ExpectAsync(ValueTask<Message> receiving, params string[] frames)
    {
        using var message = await receiving.WithinAsync();
        Assert.Equal(frames, Frames(message));
    }

    /// <summary>The frames of a message as text.</summary>
    public static string[] Frames(Message message) => [.. Enumerable.Range(0, message.FrameCount).Select(message.AsString)];

    /// <summary>Publishes until the subscription is known, then one message more, of which all frames must arrive.</summary>
    public static async Task PublishAsync(PubSocket pub, SubSocket sub)
    {
        sub.Subscribe("topic");
        await UntilSubscribedAsync(pub, sub, "topic");
        await pub.SendAsync("other");
        await pub.SendAsync(Message.Of("topic.a", "", "b"));
        await ExpectAsync(sub.ReceiveAsync(TestTimeout.Token), "topic.a", "", "b");
    }

    /// <summary>Sends probes until one arrives, then takes the rest of them.</summary>
    public static async Task UntilSubscribedAsync(PubSocket pub, IReceivingSocket sub, string topic)
    {
        var until = TestTimeout.Token;
        do
        {
            until.ThrowIfCancellationRequested();
            await pub.SendAsync(topic + " probe", until);
        }
        while (!sub.TryReceive(TimeSpan.FromMilliseconds(20), out _));
        await pub.SendAsync(topic + " last probe", until);
        while ((await sub.ReceiveAsync(until)).AsString() != topic + " last probe")
        {
        }
    }

    private static async Task SendAndExpectAsync(SendingSocket from, IReceivingSocket to, string[] sent, string[] received)
    {
        await from.SendAsync(Message.Of(sent), TestTimeout.Token);
        await ExpectAsync(to.ReceiveAsync(TestTimeout.Token), received);
    }

    private static ZmtpSocket Create(string type, ZmtpContext context, SocketOptions options) => type switch
    {
        "PUSH" => new PushSocket(context, options),
        "PULL" => new PullSocket(context, options),
        "PUB" => new PubSocket(context, options),
        "SUB" => new SubSocket(context, options),
        "XPUB" => new XPubSocket(context, options),
        "XSUB" => new XSubSocket(context, options),
        "REQ" => new ReqSocket(context, options),
        "REP" => new RepSocket(context, options),
        "DEALER" => new DealerSocket(context, options),
        "ROUTER" => new RouterSocket(context, options),
        "PAIR" => new PairSocket(context, options),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
