using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Greetings;

/// <summary>One socket, one mechanism: whoever names another one is closed.</summary>
public sealed class MechanismMismatchTests
{
    [Theory]
    [InlineData("50 4C 41 49 4E")] // PLAIN
    [InlineData("6E 75 6C 6C")] // null
    [InlineData("4E 55 4C 4C 20")] // NULL and a space
    [InlineData("4E 55 4C 4C 58")] // NULLX
    [InlineData("4E 55 4C 4C 00 58")] // NULL, 00, X
    [InlineData("4E 55 4C 4C 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 58")] // NULL, 00 x 15, X
    [InlineData("4E 55 4C")] // NUL
    [InlineData("")]
    [Spec("ZMTP30-18", "ZMTP30-17", "ZMTP30-98")]
    [Lesson("T1")]
    public async Task GREETING_AnotherMechanismThanNull_IsClosedWithoutReady(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        var greeting = Octets.Greeting31("");
        Octets.Hex(mechanism).CopyTo(greeting, 12);

        await raw.ExchangeGreetingsAsync(greeting);

        await raw.ExpectCloseAsync();
        await ExpectMismatchAsync(sut);
    }

    [Theory]
    [InlineData("CURVE", "NULL")]
    [InlineData("CURVE", "PLAIN")]
    [InlineData("PLAIN", "NULL")]
    [InlineData("PLAIN", "CURVE")]
    [Spec("ZMTP30-18", "ZMTP30-20", "ZMTP30-98")]
    [Lesson("T1")]
    public async Task GREETING_WeakerOrOtherMechanismThanConfigured_IsClosedAndNothingIsDelivered(string ours, string theirs)
    {
        await using var sut = await Sut.BoundAsync(context =>
        {
            context.Use(FixedVerdict.Success);
            return new PullSocket(context, Sut.Quick with { Security = TestSecurity.Server(ours) });
        });
        var raw = await sut.RawConnectsAsync();

        await raw.SendAsync(Octets.Greeting31(theirs), Octets.Ready("PUSH"), Octets.Hex(Octets.Hello));

        Assert.Equal(64, (await raw.ReadToCloseAsync()).Length);
        await ExpectMismatchAsync(sut);
        Assert.Equal(0, sut.Socket.PeerCount);
        await sut.Socket.ExpectNoMessageAsync();
    }

    [Fact]
    [Spec("ZMTP30-18")]
    public async Task GREETING_AnotherMechanismAtTheListener_StopsTheConnectingSideAndSaysWhy()
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());

        await raw.ExchangeGreetingsAsync(Octets.Greeting31("CURVE", asServer: true));

        await raw.ExpectCloseAsync();
        var error = await Assert.ThrowsAsync<ZmtpProtocolException>(() => sut.Socket.WaitForPeerAsync(TestTimeout.Default));
        Assert.Equal(ProtocolError.MechanismMismatch, error.Error);
        Assert.Contains("NULL", error.Message, StringComparison.Ordinal);
        Assert.Contains("CURVE", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Foo")]
    [InlineData("A B")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTU")]
    [InlineData("")]
    [Spec("ZMTP30-19")]
    public async Task GREETING_CustomMechanismWithAnImpossibleName_SocketIsNotMade(string name)
    {
        await using var context = Searched.NewContext();

        Assert.Throws<ArgumentException>(() => new PullSocket(context, new() { Security = new NamedSecurity(name) }));
    }

    private static async Task ExpectMismatchAsync<T>(Sut<T> sut)
        where T : ZmtpSocket
    {
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.MechanismMismatch, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }

    private sealed class NamedSecurity(string name) : ZmtpSecurity
    {
        public override string MechanismName => name;

        public override bool IsServer => false;

        public override Mechanism CreateMechanism(HandshakeContext context) => throw new InvalidOperationException("Nobody gets that far.");
    }
}
