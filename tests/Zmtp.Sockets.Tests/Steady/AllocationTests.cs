using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Steady;

namespace Zmtp.Sockets.Tests.Steady;

/// <summary>
/// In the steady state nothing is allocated, not even an octet for thousands of messages: each pattern, transport and mechanism, small and
/// large, blocking and awaiting. <see cref="SteadyState"/> says how that is counted.
/// </summary>
[Collection("allocation")]
public class AllocationTests
{
    private const int Small = 16;
    private const int Medium = 1024;
    private const int Large = 64 * 1024;
    private const int Huge = 1024 * 1024;

    public static TheoryData<string, string, int> Lines
    {
        get
        {
            var lines = new TheoryData<string, string, int>();
            foreach (var size in new[] { Small, Medium, Large, Huge })
            {
                foreach (var transport in new[] { "tcp", "ipc" })
                {
                    foreach (var mechanism in new[] { "NULL", "PLAIN", "CURVE" }) lines.Add(transport, mechanism, size);
                }

                lines.Add("inproc", "NULL", size);
            }

            return lines;
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task PushPull_SteadyStream_AllocatesNothing(string transport, string mechanism, int size)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, Marks(size));
        await using var pull = new PullSocket(context, server);
        await using var push = new PushSocket(context, client);
        await Join.ToAsync(pull, push, transport);
        await ExpectNothingAsync(new PushPullExchange(push, pull, new byte[size]), Stream(size));
    }

    /// <summary>With marks so low that both ends wait again and again.</summary>
    [Theory]
    [InlineData("tcp", 1, 1, false, false)]
    [InlineData("inproc", 1, 1, false, false)]
    [InlineData("tcp", 1, 1, true, false)]
    [InlineData("inproc", 1, 1, true, false)]
    [InlineData("tcp", 1, 1, false, true)]
    [InlineData("inproc", 1, 1, false, true)]
    [InlineData("tcp", 1, 3, false, false)]
    [InlineData("inproc", 1, 3, false, false)]
    [InlineData("tcp", 2, 1, false, false)]
    [InlineData("inproc", 2, 1, false, false)]
    public async Task PushPull_SendersFramesTokenTime_AllocateNothing(string transport, int senders, int frames, bool hasToken, bool hasTime)
    {
        using var source = new CancellationTokenSource();
        await using var context = Join.NewContext();
        var options = SocketOptions.Default with { SendHighWaterMark = 8, ReceiveHighWaterMark = 8 };
        await using var pull = new PullSocket(context, options);
        var pushes = new PushSocket[senders];
        for (var i = 0; i < senders; i++)
        {
            pushes[i] = new PushSocket(context, options);
            await Join.ToAsync(pull, pushes[i], transport);
        }

        var token = hasToken ? source.Token : CancellationToken.None;
        await ExpectNothingAsync(
            new VariedExchange(pushes, pull, new byte[Small], frames, hasTime ? TestTimeout.Default : null, token), Stream(Small));
        foreach (var push in pushes) await push.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task PubSub_SteadyStream_AllocatesNothing(string transport, string mechanism, int size)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, SocketOptions.Default with { SendHighWaterMark = 0, ReceiveHighWaterMark = 0 });
        await using var pub = new PubSocket(context, server);
        await using var sub = new SubSocket(context, client);
        sub.Subscribe("");
        await Join.ToAsync(pub, sub, transport);

        // The subscription is there once something arrives.
        var first = sub.ReceiveAsync(TestTimeout.Token).AsTask();
        while (!first.IsCompleted)
        {
            pub.Send("");
            await Task.Yield();
        }

        (await first).Dispose();
        while (sub.TryReceive(TimeSpan.FromMilliseconds(100), out var rest)) rest.Dispose();
        await ExpectNothingAsync(new PubSubExchange(pub, sub, new byte[size]), Stream(size));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task XPubXSub_SteadyStreams_AllocateNothing(string transport, string mechanism, int size)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, SocketOptions.Default with { SendHighWaterMark = 0, ReceiveHighWaterMark = 0 });
        await using var xpub = new XPubSocket(context, server);
        await using var xsub = new XSubSocket(context, client);
        await Join.ToAsync(xpub, xsub, transport);
        xsub.Subscribe("");
        (await xpub.ReceiveAsync(TestTimeout.Token)).Dispose();
        var body = new byte[size];
        body[0] = 2;
        await ExpectNothingAsync(new PubSubExchange(xpub, xsub, body), Stream(size));
        await ExpectNothingAsync(new PubSubExchange(xsub, xpub, body), Stream(size));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task ReqRep_RoundTrips_AllocateNothing(string transport, string mechanism, int size)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism);
        await using var rep = new RepSocket(context, server);
        await using var req = new ReqSocket(context, client);
        await Join.ToAsync(rep, req, transport);
        await ExpectNothingAsync(new ReqRepExchange(req, rep, new byte[size]), RoundTrips(size));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task DealerRouter_RequestsUnderWay_AllocateNothing(string transport, string mechanism, int size)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism);
        await using var router = new RouterSocket(context, server);
        await using var dealer = new DealerSocket(context, client);
        await Join.ToAsync(router, dealer, transport);
        await ExpectNothingAsync(new EchoExchange(dealer, router, new byte[size], size < Large ? 50 : 4), Stream(size));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Pair_ThereAndBack_AllocatesNothing(string transport, string mechanism, int size)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism);
        await using var there = new PairSocket(context, server);
        await using var here = new PairSocket(context, client);
        await Join.ToAsync(there, here, transport);
        await ExpectNothingAsync(new EchoExchange(here, there, new byte[size], window: 1), RoundTrips(size));
    }

    // Messages in one window. Some take milliseconds: the longer a window, the more of what others do falls into it.
    private static int Stream(int size) => size < Large ? 1_000 : size < Huge ? 100 : 4;

    private static int RoundTrips(int size) => size < Huge ? 100 : 4;

    private static SocketOptions Marks(int size) =>
        size < Large ? SocketOptions.Default : SocketOptions.Default with { SendHighWaterMark = 8, ReceiveHighWaterMark = 8 };

    private static async Task ExpectNothingAsync(Exchange exchange, int messages)
    {
        using var here = new OwnThread();
        using var there = new OwnThread();
        await SteadyState.ExpectNothingAllocatedAsync("blocking", messages, windows => Task.WhenAll(
            here.RunAsync(() => exchange.Here(windows)), there.RunAsync(() => exchange.There(windows.Messages))));
        await SteadyState.ExpectNothingAllocatedAsync("awaiting", messages, windows => Task.WhenAll(
            Task.Run(() => exchange.HereAsync(windows)), Task.Run(() => exchange.ThereAsync(windows.Messages))));
    }
}
