using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>
/// Every pair of socket types against libzmq, both ends binding, over tcp and ipc, under every mechanism and in both of its roles.
/// What goes over has empty frames and frames on both sides of the short/long boundary.
/// </summary>
public sealed class LibZmqPatternTests
{
    private static readonly byte[][] Payload =
        [Octets.Text("topic"), [], Octets.Text(new string('s', 255)), Octets.Text(new string('l', 256)), []];

    private static readonly byte[] Subscription = Octets.Text("\u0001top");

    private static readonly byte[][] Answer = [Octets.Text("answer"), [], [0, 1, 2, 255]];

    [Theory]
    [Spec("ZMTP30-72", "ZMTP30-62", "PLAIN-02", "PLAIN-10", "CURVE-01", "CURVE-41", "CURVE-43", "CURVE-46")]
    [Spec("REQREP-12", "REQREP-25", "PUBSUB-07", "PUBSUB-37", "PUBSUB-20", "PUBSUB-46", "PUBSUB-50", "PIPE-03", "PIPE-15", "PAIR-02")]
    [MemberData(nameof(InteropCase.All), MemberType = typeof(InteropCase))]
    public async Task LIBZMQ_EveryPairOfSocketTypes_ExchangesMultipart(InteropCase @case)
    {
        await using var pair = await InteropPair.ConnectAsync(@case).WithinAsync();

        await ConverseAsync(@case, pair).WithinAsync();
    }

    private static Task ConverseAsync(InteropCase @case, InteropPair pair) => (@case.Ours, @case.Theirs) switch
    {
        (SocketType.Push, _) => FromUsAsync(pair),
        (SocketType.Pull, _) => FromThemAsync(pair),
        (SocketType.XPub, SocketType.XSub) => ThenAsync(WePublishAsync(pair, @case.Theirs), FromThemAsync, pair),
        (SocketType.XSub, SocketType.XPub) => ThenAsync(TheyPublishAsync(pair, @case.Theirs), FromUsAsync, pair),
        (SocketType.Pub or SocketType.XPub, _) => WePublishAsync(pair, @case.Theirs),
        (SocketType.Sub or SocketType.XSub, _) => TheyPublishAsync(pair, @case.Theirs),
        (SocketType.Router, SocketType.Router) => BetweenRoutersAsync(pair),
        (SocketType.Router, _) => WeRouteAsync(pair),
        (_, SocketType.Router) => TheyRouteAsync(pair),
        (SocketType.Dealer, SocketType.Rep) => DealerAsksRepAsync(pair),
        (SocketType.Rep, SocketType.Dealer) => DealerAsksOurRepAsync(pair),
        (SocketType.Rep, _) => ThenBackAsync(FromThemAsync(pair), pair),
        _ => ThenForthAsync(FromUsAsync(pair), pair),
    };

    private static async Task FromUsAsync(InteropPair pair)
    {
        await pair.Ours.SendFramesAsync(Payload);
        Same(Payload, (await pair.Theirs.ReceiveAsync()).Frames);
    }

    private static async Task FromThemAsync(InteropPair pair)
    {
        await pair.Theirs.SendAsync(Payload);
        Same(Payload, await pair.Ours.ReceiveFramesAsync());
    }

    private static async Task ThenForthAsync(Task first, InteropPair pair)
    {
        await first;
        await pair.Theirs.SendAsync(Answer);
        Same(Answer, await pair.Ours.ReceiveFramesAsync());
    }

    private static async Task ThenBackAsync(Task first, InteropPair pair)
    {
        await first;
        await pair.Ours.SendFramesAsync(Answer);
        Same(Answer, (await pair.Theirs.ReceiveAsync()).Frames);
    }

    private static async Task ThenAsync(Task first, Func<InteropPair, Task> then, InteropPair pair)
    {
        await first;
        await then(pair);
    }

    private static async Task WePublishAsync(InteropPair pair, SocketType theirs)
    {
        if (theirs == SocketType.Sub) pair.Theirs.Set(LibZmqOption.Subscribe, "top");
        else await pair.Theirs.SendAsync(Subscription);
        if (pair.Ours is XPubSocket) Same([Subscription], await pair.Theirs.WhileWatchedAsync(pair.Ours.ReceiveFramesAsync()));
        do
        {
            await pair.Ours.SendFramesAsync(Octets.Text("other"));
            await pair.Ours.SendFramesAsync(Payload);
        }
        while (!await pair.Theirs.HasMessageWithinAsync(TimeSpan.FromMilliseconds(10)));
        Same(Payload, (await pair.Theirs.ReceiveAsync()).Frames);
    }

    private static async Task TheyPublishAsync(InteropPair pair, SocketType theirs)
    {
        if (pair.Ours is SubSocket sub) sub.Subscribe("top");
        else await pair.Ours.SendFramesAsync(Subscription);
        if (theirs == SocketType.XPub) Same([Subscription], (await pair.Theirs.ReceiveAsync()).Frames);
        var received = pair.Ours.ReceiveFramesAsync();
        do
        {
            await pair.Theirs.SendAsync(Octets.Text("other"));
            await pair.Theirs.SendAsync(Payload);
        }
        while (await Task.WhenAny(received, Task.Delay(10)) != received);
        Same(Payload, await received);
    }

    private static async Task WeRouteAsync(InteropPair pair)
    {
        await pair.Theirs.SendAsync(Payload);
        byte[][] asked = await pair.Ours.ReceiveFramesAsync();
        byte[][] envelope = asked[..^Payload.Length];
        Same(Payload, asked[^Payload.Length..]);
        await pair.Ours.SendFramesAsync([.. envelope, .. Answer]);
        Same(Answer, (await pair.Theirs.ReceiveAsync()).Frames);
    }

    private static async Task TheyRouteAsync(InteropPair pair)
    {
        await pair.Ours.SendFramesAsync(Payload);
        byte[][] asked = [.. (await pair.Theirs.ReceiveAsync()).Frames];
        Same(Payload, asked[^Payload.Length..]);
        await pair.Theirs.SendAsync([.. asked[..^Payload.Length], .. Answer]);
        Same(Answer, await pair.Ours.ReceiveFramesAsync());
    }

    private static async Task BetweenRoutersAsync(InteropPair pair)
    {
        await pair.Ours.SendFramesAsync([Octets.Text("theirs"), .. Payload]);
        Same([Octets.Text("ours"), .. Payload], (await pair.Theirs.ReceiveAsync()).Frames);
        await pair.Theirs.SendAsync([Octets.Text("ours"), .. Answer]);
        Same([Octets.Text("theirs"), .. Answer], await pair.Ours.ReceiveFramesAsync());
    }

    private static async Task DealerAsksRepAsync(InteropPair pair)
    {
        await pair.Ours.SendFramesAsync([[], .. Payload]);
        Same(Payload, (await pair.Theirs.ReceiveAsync()).Frames);
        await pair.Theirs.SendAsync(Answer);
        Same([[], .. Answer], await pair.Ours.ReceiveFramesAsync());
    }

    private static async Task DealerAsksOurRepAsync(InteropPair pair)
    {
        await pair.Theirs.SendAsync([[], .. Payload]);
        Same(Payload, await pair.Ours.ReceiveFramesAsync());
        await pair.Ours.SendFramesAsync(Answer);
        Same([[], .. Answer], (await pair.Theirs.ReceiveAsync()).Frames);
    }

    private static void Same(IEnumerable<byte[]> expected, IEnumerable<byte[]> actual) =>
        Assert.Equal(expected.Select(frame => Octets.ToHex(frame)), actual.Select(frame => Octets.ToHex(frame)));
}
