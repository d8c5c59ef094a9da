using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Patterns;

public class PairingTests
{
    private static readonly string[] Transports = ["tcp", "ipc", "inproc"];
    private static readonly string[] Mechanisms = ["NULL", "PLAIN", "CURVE"];
    private static readonly int[] Sizes = [0, 1, 255, 256, 65535, 65536, 1024 * 1024, 3 * 1024 * 1024];

    public static TheoryData<string, string, string, bool> Matrix
    {
        get
        {
            var data = new TheoryData<string, string, string, bool>();
            foreach (var pairing in Pairing.All)
            {
                foreach (var transport in Transports)
                {
                    foreach (var mechanism in transport == "inproc" ? ["NULL"] : Mechanisms)
                    {
                        data.Add(pairing, transport, mechanism, true);
                        data.Add(pairing, transport, mechanism, false);
                    }
                }
            }

            return data;
        }
    }

    public static TheoryData<string, string> Lines => new()
    {
        { "tcp", "NULL" }, { "tcp", "CURVE" }, { "ipc", "NULL" }, { "ipc", "CURVE" }, { "inproc", "NULL" },
    };

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Pairing_EachTransportMechanismAndDirection_MessagesArrive(string pairing, string transport, string mechanism, bool firstBinds)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism);

        // The security role is neither the type's nor the binder's: here it goes with the first socket.
        var (first, second) = Pairing.Create(pairing, context, server, client);
        await Join.ToAsync(firstBinds ? first : second, firstBinds ? second : first, transport);

        await Pairing.ExchangeAsync(first, second);
    }

    [Theory]
    [InlineData("PUSH PULL", "tcp")]
    [InlineData("PUSH PULL", "ipc")]
    [InlineData("PUSH PULL", "inproc")]
    [InlineData("PUB SUB", "inproc")]
    [InlineData("XPUB XSUB", "tcp")]
    [InlineData("XPUB XSUB", "inproc")]
    [InlineData("REQ REP", "tcp")]
    [InlineData("REQ REP", "inproc")]
    [InlineData("DEALER ROUTER", "inproc")]
    [InlineData("PAIR PAIR", "inproc")]
    public async Task Pairing_ConnectBeforeBind_MessagesArrive(string pairing, string transport)
    {
        await using var context = Join.NewContext();
        var options = new SocketOptions { ReconnectInterval = TimeSpan.FromMilliseconds(10) };
        var (first, second) = Pairing.Create(pairing, context, options, options);
        var endpoint = await FreshAddressAsync(context, transport);

        first.Connect(endpoint);
        await second.BindAsync(endpoint);

        await first.WaitForPeerAsync(TestTimeout.Default);
        await Pairing.ExchangeAsync(first, second);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Push_BodiesOfEverySize_ArriveUnchanged(string transport, string mechanism)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism);
        await using var pull = new PullSocket(context, server);
        await using var push = new PushSocket(context, client);
        await Join.ToAsync(pull, push, transport);

        foreach (var size in Sizes)
        {
            var body = Body(size, seed: size);
            await push.SendAsync(body, TestTimeout.Token);
            await push.SendAsync(Message.Of(body, default, body), TestTimeout.Token);

            using var single = await pull.ReceiveAsync(TestTimeout.Token);
            Assert.Equal(1, single.FrameCount);
            Assert.True(single.Span.SequenceEqual(body), $"{size} octets");
            using var triple = await pull.ReceiveAsync(TestTimeout.Token);
            Assert.Equal(3, triple.FrameCount);
            Assert.True(triple[0].Span.SequenceEqual(body), $"{size} octets, first of three");
            Assert.Equal(0, triple[1].Length);
            Assert.True(triple[2].Span.SequenceEqual(body), $"{size} octets, last of three");
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Push_LargeAndSmallMixed_ArriveInOrder(string transport, string mechanism)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism);
        await using var pull = new PullSocket(context, server);
        await using var push = new PushSocket(context, client);
        await Join.ToAsync(pull, push, transport);

        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++) await push.SendAsync(Body(SizeOf(i), i), TestTimeout.Token);
        });
        for (var i = 0; i < 300; i++)
        {
            using var message = await pull.ReceiveAsync(TestTimeout.Token);
            Assert.True(message.Span.SequenceEqual(Body(SizeOf(i), i)), $"message {i}");
        }

        await sending.WithinAsync();
    }

    private static int SizeOf(int i) => i % 17 == 0 ? 300_000 + i : i % 5 == 0 ? 40_000 : i;

    private static byte[] Body(int size, int seed)
    {
        var body = new byte[size];
        for (var i = 0; i < size; i++) body[i] = unchecked((byte)(i * 31 + seed + (i >> 8)));
        return body;
    }

    /// <summary>An endpoint that is free, with its port: a moment ago somebody was bound to it.</summary>
    private static async Task<string> FreshAddressAsync(ZmtpContext context, string transport)
    {
        await using var holder = new PullSocket(context);
        return await holder.BindAsync(Join.Fresh(transport));
    }
}
