using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>Who is the mechanism's client and who its server comes from the settings, whoever binds and whoever sends messages.</summary>
public sealed class RoleTests
{
    public static TheoryData<string, bool, bool> Combinations
    {
        get
        {
            var cases = new TheoryData<string, bool, bool>();
            foreach (var mechanism in new[] { "PLAIN", "CURVE" })
            {
                foreach (var serverBinds in new[] { true, false })
                {
                    foreach (var serverSends in new[] { true, false }) cases.Add(mechanism, serverBinds, serverSends);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    [Spec("PLAIN-02", "CURVE-01")]
    public async Task ROLES_WhoeverBindsAndWhoeverSends_HandshakeCompletes(string mechanism, bool serverBinds, bool serverSends)
    {
        var server = TestServers.Asking(mechanism);
        var client = Sut.Quick with { Security = TestSecurity.Client(mechanism) };
        await using var context = Searched.NewContext();
        context.Use(FixedVerdict.Success);
        await using var push = new PushSocket(context, serverSends ? server : client);
        await using var pull = new PullSocket(context, serverSends ? client : server);
        ZmtpSocket binds = serverBinds == serverSends ? push : pull;
        ZmtpSocket connects = serverBinds == serverSends ? pull : push;

        connects.Connect(await binds.BindAsync("tcp://127.0.0.1:*"));
        await push.SendAsync("hello").WithinAsync();

        Assert.Equal("hello", await pull.NextAsync());
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("PLAIN-02", "PLAIN-05", "CURVE-01", "CURVE-08")]
    public async Task ROLES_ClientThatBinds_AnnouncesItselfAndSendsHelloFirst(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(
            context => new PushSocket(context, Sut.Quick with { Security = TestSecurity.Client(mechanism) }));
        var raw = await sut.RawConnectsAsync();

        var greeting = await raw.ExchangeGreetingsAsync(Octets.Greeting31(mechanism, asServer: true));

        Assert.Equal(0x00, greeting[32]);
        if (mechanism == "PLAIN") await raw.ExpectAsync(Octets.PlainHello);
        else Assert.Equal("04 C8 05 48 45 4C 4C 4F 01 00", Octets.ToHex(await raw.ReadAsync(10)));
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("PLAIN-02", "PLAIN-05", "CURVE-01", "CURVE-02")]
    public async Task ROLES_ServerThatConnects_AnnouncesItselfAndWaitsForHello(string mechanism)
    {
        await using var sut = Sut.Create(context => new PullSocket(context, TestServers.Asking(mechanism)));
        var raw = await sut.RawListensAsync();

        var greeting = await raw.ExchangeGreetingsAsync(Octets.Greeting31(mechanism));

        Assert.Equal(0x01, greeting[32]);
        await raw.ExpectNothingAsync(TimeSpan.FromMilliseconds(200));
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("PLAIN-10", "CURVE-46")]
    public async Task ROLES_SocketTypesThatDoNotFit_AreRefusedUnderEveryMechanism(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        sut.Context.Use(FixedVerdict.Success);
        await using var client = new PullSocket(sut.Context, Sut.Quick with { Security = TestSecurity.Client(mechanism) });

        client.Connect(sut.Endpoint);

        await Assert.ThrowsAnyAsync<ZmtpException>(() => client.WaitForPeerAsync(TestTimeout.Default));
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.IncompatibleSocketType, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }
}
