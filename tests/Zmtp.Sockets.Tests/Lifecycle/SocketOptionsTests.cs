using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

public class SocketOptionsTests
{
    private static readonly TimeSpan TooLong = TimeSpan.FromDays(25);

    // 63 KiB, less the name and the lengths of both.
    private const int MaxMetadataValue = (63 * 1024) - (1 + 6 + 4);

    public static TheoryData<string, SocketOptions> OutOfRange => new()
    {
        { "Linger", new() { Linger = TooLong } },
        { "SendTimeout", new() { SendTimeout = -TimeSpan.FromSeconds(1) } },
        { "ReceiveTimeout", new() { ReceiveTimeout = TimeSpan.MaxValue } },
        { "SendHighWaterOctets", new() { SendHighWaterOctets = -1 } },
        { "ReceiveHighWaterOctets", new() { ReceiveHighWaterOctets = -1 } },
        { "ReconnectInterval", new() { ReconnectInterval = TimeSpan.Zero } },
        { "ReconnectInterval", new() { ReconnectInterval = TimeSpan.MaxValue } },
        { "ReconnectIntervalMax", new() { ReconnectIntervalMax = TimeSpan.MaxValue } },
        { "ReconnectIntervalMax", new() { ReconnectIntervalMax = Timeout.InfiniteTimeSpan } },
        { "HandshakeTimeout", new() { HandshakeTimeout = Timeout.InfiniteTimeSpan } },
        { "HeartbeatInterval", new() { HeartbeatInterval = TooLong } },
        { "MaxMessageSize", new() { MaxMessageSize = -1 } },
        { "HeartbeatTimeout", new() { HeartbeatTimeout = TimeSpan.MaxValue } },
        { "HeartbeatTimeout", new() { HeartbeatTimeout = TimeSpan.Zero } },
        { "HeartbeatTtl", new() { HeartbeatTtl = -TimeSpan.FromMilliseconds(1) } },
        { "HeartbeatTtl", new() { HeartbeatTtl = TimeSpan.FromSeconds(65.6) } },
        { "Transport.Backlog", new() { Transport = new() { Backlog = 0 } } },
        { "Transport.SendBufferSize", new() { Transport = new() { SendBufferSize = -1 } } },
        { "Transport.ReceiveBufferSize", new() { Transport = new() { ReceiveBufferSize = 0 } } },
        { "Transport.KeepAlive", new() { Transport = new() { KeepAlive = TimeSpan.Zero } } },
        { "Transport.ConnectTimeout", new() { Transport = new() { ConnectTimeout = TimeSpan.MaxValue } } },
        { "ZapDomain", new() { ZapDomain = null! } },
        { "Metadata", new() { Metadata = null! } },
        { "Metadata", new() { Metadata = OneProperty(MaxMetadataValue + 1) } },
        { "Transport", new() { Transport = null! } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange), DisableDiscoveryEnumeration = true)]
    public async Task OPTION_OutOfRange_IsRefusedByNameWhenTheSocketIsMade(string property, SocketOptions options)
    {
        await using var context = Join.NewContext();

        var error = Assert.ThrowsAny<ArgumentException>(() => new PushSocket(context, options));

        Assert.Contains(property, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Sockets of several types can share one.</summary>
    [Theory]
    [InlineData("PUSH PULL")]
    [InlineData("PUB SUB")]
    [InlineData("PAIR PAIR")]
    public async Task OPTION_OfAnotherType_MeansNothing(string pairing)
    {
        var options = Sut.Quick with
        {
            RouterMandatory = true,
            RouterHandover = true,
            XPubVerbose = true,
            XPubVerboser = true,
            ProbeRouter = true,
        };
        await using var context = Join.NewContext();
        var (first, second) = Pairing.Create(pairing, context, options, options);
        await using var here = first;
        await using var there = second;

        await Join.ToAsync(first, second);

        await Pairing.ExchangeAsync(first, second);
    }

    /// <summary>Under CURVE the handshake's command is the longest, and the other end's limit is the same.</summary>
    [Fact]
    public async Task Metadata_AsLongAsTheyMayBe_GoThroughTheHandshake()
    {
        await using var context = Join.NewContext();
        using var keys = Searched.NewKeyPair();
        await using var router = new RouterSocket(context, new() { Security = CurveSecurity.Server(keys, CurveClients.AllowAny) });
        await using var dealer = new DealerSocket(context, new()
        {
            Security = CurveSecurity.Client(keys, keys.PublicKey),
            RoutingId = new byte[] { 1 }.Concat(new byte[254]).ToArray(),
            Metadata = OneProperty(MaxMetadataValue),
        });

        dealer.Connect(await router.BindAsync("tcp://127.0.0.1:*"));

        await dealer.WaitForPeerAsync(TestTimeout.Default);
    }

    [Fact]
    public async Task ConnectTimeout_Infinite_IsNone()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, new() { Transport = new() { ConnectTimeout = Timeout.InfiniteTimeSpan } });
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");

        // Under a name there are steps, which share the time.
        push.Connect(endpoint.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));

        await push.WaitForPeerAsync(TestTimeout.Default);
        using var limit = new ConnectTimeLimit(Timeout.InfiniteTimeSpan, CancellationToken.None);
        Assert.Equal((false, null), (limit.Token.CanBeCanceled, limit.Share(2)));
    }

    [Fact]
    public async Task ReconnectInterval_Infinite_OneConnectionAndNoOther()
    {
        await using var context = Join.NewContext();
        await using var listener = RawListener.Open();
        await using var push = new PushSocket(context, new() { ReconnectInterval = Timeout.InfiniteTimeSpan, Linger = TimeSpan.Zero });
        var stopped = new TaskCompletionSource<SocketEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        push.Event += (_, e) =>
        {
            if (e.Kind == SocketEventKind.ConnectStopped) stopped.TrySetResult(e);
        };
        push.Connect(listener.Endpoint);
        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PULL");
        await push.WaitForPeerAsync(TestTimeout.Default);

        await peer.DisposeAsync();

        Assert.Equal(listener.Endpoint, (await stopped.Task.WithinAsync()).Endpoint);
        await Assert.ThrowsAnyAsync<ZmtpException>(() => push.WaitForPeerAsync(TestTimeout.Default));
    }

    private static ZmtpMetadata OneProperty(int length) => new([new("X-Long", new byte[length])]);
}
