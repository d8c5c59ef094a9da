using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>A peer that does not go on with its handshake: what is said depends on how far it has come.</summary>
public sealed class SilentPeerTests
{
    // Enough for what the peer sends to come in time, also on a busy machine.
    private static readonly SocketOptions Hasty = Sut.Quick with { HandshakeTimeout = TimeSpan.FromSeconds(1) };

    /// <summary>The greeting of libzmq does not tell that it is the server.</summary>
    [Theory]
    [InlineData("PLAIN", false)]
    [InlineData("CURVE", true)]
    public async Task SILENCE_AfterTheGreetingAtAServer_MayBeAnotherServer(string mechanism, bool bound)
    {
        await using var sut = Sut.Create(context => new PullSocket(context, Hasty with { Security = TestSecurity.Server(mechanism) }));
        var raw = await ReachAsync(sut, bound);

        await raw.SendAsync(Octets.Greeting31(mechanism));

        var text = await TooLateAsync(sut);
        Assert.Contains("sent its greeting and nothing since", text, StringComparison.Ordinal);
        Assert.Contains($"both ends are configured as the {mechanism} server", text, StringComparison.Ordinal);
        Assert.DoesNotContain("the same security settings", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NULL", true)]
    [InlineData("PLAIN", false)]
    [InlineData("CURVE", false)]
    public async Task SILENCE_AfterTheGreetingAtAClient_MayBeTheAuthenticators(string mechanism, bool bound)
    {
        await using var sut = Sut.Create(context => new PullSocket(context, Hasty with { Security = TestSecurity.Client(mechanism) }));
        var raw = await ReachAsync(sut, bound);

        await raw.SendAsync(Octets.Greeting31(mechanism));

        var text = await TooLateAsync(sut);
        Assert.Contains("sent its greeting and nothing since", text, StringComparison.Ordinal);
        Assert.Contains("authenticator", text, StringComparison.Ordinal);
        Assert.DoesNotContain("both ends", text, StringComparison.Ordinal);
        Assert.DoesNotContain("the same security settings", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SILENCE_OfAClientThatHasBegun_IsNotThatOfAnotherServer()
    {
        await using var sut = Sut.Create(context =>
        {
            context.Use(FixedVerdict.Success);
            return new PullSocket(context, Hasty with { Security = PlainSecurity.Server() });
        });
        var raw = await ReachAsync(sut, bound: true);

        await raw.SendAsync(Octets.Greeting31("PLAIN"), Octets.Hex(Octets.PlainHello));

        var text = await TooLateAsync(sut);
        Assert.Contains("began its handshake and did not go on", text, StringComparison.Ordinal);
        Assert.DoesNotContain("both ends", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    public async Task SILENCE_BeforeTheEndOfTheGreeting_SaysNothingOfWhatFollows(int octets)
    {
        await using var sut = Sut.Create(context => new PullSocket(context, Hasty with { Security = PlainSecurity.Server() }));
        var raw = await ReachAsync(sut, bound: true);

        if (octets > 0) await raw.SendAsync(Octets.Greeting31("PLAIN")[..octets]);

        var text = await TooLateAsync(sut);
        Assert.Contains("Check that a ZeroMQ socket", text, StringComparison.Ordinal);
        Assert.DoesNotContain("both ends", text, StringComparison.Ordinal);
    }

    private static async Task<RawPeer> ReachAsync<T>(Sut<T> sut, bool bound)
        where T : ZmtpSocket
    {
        if (!bound) return await sut.RawListensAsync();
        await sut.BindAsync();
        return await sut.RawConnectsAsync();
    }

    private static async Task<string> TooLateAsync<T>(Sut<T> sut)
        where T : ZmtpSocket
    {
        var error = Assert.IsType<ZmtpProtocolException>((await sut.Events.NextAsync(SocketEventKind.HandshakeFailed)).Error);
        Assert.Equal(ProtocolError.HandshakeTimeout, error.Error);
        Assert.Contains("did not finish its handshake within 1 s. ", error.Message, StringComparison.Ordinal);
        Assert.True(error.MayRetry);
        return error.Message;
    }
}
