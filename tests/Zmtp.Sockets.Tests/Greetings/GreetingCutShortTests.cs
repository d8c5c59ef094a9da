using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Greetings;

/// <summary>
/// A peer that hangs up in the middle of its greeting: libzmq does so as soon as it has read that our mechanism is not its own. The connecting end
/// finds out what it is by an attempt that holds its mechanism back.
/// </summary>
public sealed class GreetingCutShortTests
{
    /// <summary>Signature and version: what a peer has to see before it sends all of its own greeting.</summary>
    private const int FirstLength = 12;

    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(200);
    private static readonly byte[] Ours = Octets.Greeting31();

    [Theory]
    [InlineData(10, false)]
    [InlineData(10, true)]
    [InlineData(11, false)]
    [InlineData(63, false)]
    [Spec("ZMTP30-18")]
    public async Task SIGNATURE_ThenAHangUp_IsToldAsAnotherMechanism(int octets, bool reset)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ReadAsync(Ours.Length);

        await raw.SendAsync(Octets.Greeting31("CURVE")[..octets]);
        if (reset) raw.Reset();
        else raw.ShutdownSend();

        var error = await FailsAsync(sut);
        Assert.Equal(ProtocolError.ClosedDuringHandshake, error.Error);
        Assert.Contains("mechanism is not ours, NULL", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("port scan", error.Message, StringComparison.Ordinal);
        Assert.True(error.MayRetry);
    }

    /// <summary>libzmq sends nothing where our greeting is there before its own engine has begun.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    public async Task LESS_ThanASignatureThenAHangUp_MayBeAPortScan(int octets)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();

        if (octets > 0) await raw.SendAsync(Octets.Greeting31()[..octets]);
        raw.ShutdownSend();

        var error = await FailsAsync(sut);
        Assert.Equal(ProtocolError.ClosedDuringHandshake, error.Error);
        Assert.Contains("port scan", error.Message, StringComparison.Ordinal);
        Assert.Contains("mechanism is ours, NULL", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NULL", "CURVE")]
    [InlineData("PLAIN", "NULL")]
    [InlineData("CURVE", "PLAIN")]
    [Spec("ZMTP30-17", "ZMTP30-18")]
    public async Task GREETING_HeldBackAfterAHangUp_NamesBothMechanismsAndIsCompleteAllTheSame(string ours, string theirs)
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick with { Security = TestSecurity.Client(ours) }));
        var listener = sut.Listens();
        var greeting = Octets.Greeting31(ours);
        await CutShortAsync(listener, greeting);

        // As libzmq: the major version when it has our signature, the rest when it has our version, the end when it has our mechanism.
        await using var raw = await listener.AcceptAsync();
        await raw.SendAsync(Octets.Greeting31(theirs)[..10]);
        await raw.ExpectAsync(greeting[..FirstLength]);
        await raw.ExpectNothingAsync(Watch);
        await raw.SendAsync(Octets.Greeting31(theirs)[10..11]);
        await raw.SendAsync(Octets.Greeting31(theirs)[11..]);

        await raw.ExpectAsync(greeting[FirstLength..]);
        await raw.ExpectCloseAsync();
        Assert.Equal(ProtocolError.ClosedDuringHandshake, (await FailsAsync(sut)).Error);
        var error = await FailsAsync(sut);
        Assert.Equal(ProtocolError.MechanismMismatch, error.Error);
        Assert.Contains($"configured for {ours}, the peer announces \"{theirs}\"", error.Message, StringComparison.Ordinal);
        Assert.Same(error, (await sut.Events.NextAsync(SocketEventKind.ConnectStopped)).Error);
        await listener.ExpectNoConnectionAsync(Watch);
    }

    /// <summary>Another socket has taken its place meanwhile: nothing is lost, whatever way it sends its greeting.</summary>
    [Theory]
    [InlineData("at once")]
    [InlineData("at once, with READY behind it")]
    [InlineData("octet by octet")]
    [InlineData("as libzmq")]
    [Spec("ZMTP30-15", "ZMTP30-16")]
    public async Task GREETING_HeldBackAtAPeerOfTheRightMechanism_Connects(string how)
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        var listener = sut.Listens();
        await CutShortAsync(listener, Ours);

        var raw = sut.Keep(await listener.AcceptAsync());
        var theirs = Octets.Greeting31();
        var ready = Octets.Ready("PULL");
        if (how == "as libzmq")
        {
            await raw.SendAsync(theirs[..10]);
            await raw.ExpectAsync(Ours[..FirstLength]);
            await raw.SendAsync(theirs[10..]);
            await raw.ExpectAsync(Ours[FirstLength..]);
        }
        else
        {
            if (how == "octet by octet") await raw.SendOctetByOctetAsync(theirs);
            else if (how == "at once") await raw.SendAsync(theirs);
            else await raw.SendAsync(theirs, ready);
            await raw.ExpectAsync(Ours);
        }

        if (how != "at once, with READY behind it") await raw.SendAsync(ready);
        await raw.ReadCommandAsync("READY");
        await raw.ExpectOpenAsync();
        await sut.Socket.WaitForPeerAsync(TestTimeout.Default);
        await sut.Socket.SendAsync("hello").AsTask().WithinAsync();
        await raw.ExpectAsync(Octets.Hello);
    }

    [Theory]
    [InlineData("a hang-up")]
    [InlineData("a signature and a hang-up")]
    [InlineData("a signature and a reset")]
    [InlineData("silence")]
    [InlineData("HTTP")]
    [Spec("ZMTP30-07", "ZMTP30-09")]
    public async Task GREETING_HeldBackInVain_TheNextIsWholeAtOnce(string answer)
    {
        var limit = answer == "silence" ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(60);
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick with { HandshakeTimeout = limit }));
        var listener = sut.Listens();
        await CutShortAsync(listener, Ours);
        await FailsAsync(sut);

        await using (var raw = await listener.AcceptAsync())
        {
            await raw.ExpectAsync(answer == "silence" ? Ours : Ours[..FirstLength]);
            if (answer.StartsWith("a signature", StringComparison.Ordinal)) await raw.SendAsync(Octets.Greeting31()[..10]);
            if (answer == "HTTP") await raw.SendAsync(Octets.Text("HTTP/1.1 400 Bad Request\r\n\r\n"));
            if (answer == "a signature and a reset") raw.Reset();
            else if (answer is "a hang-up" or "a signature and a hang-up") raw.ShutdownSend();
            if (answer != "a signature and a reset") await raw.ExpectCloseAsync();
        }

        var error = await FailsAsync(sut);
        await CutShortAsync(listener, Ours);

        // And that one was cut short again.
        await using var last = await listener.AcceptAsync();
        await last.ExpectAsync(Ours[..FirstLength]);
        await last.ExpectNothingAsync(Watch);
        Assert.Equal(
            answer switch
            {
                "HTTP" => ProtocolError.NotZmtp,
                "silence" => ProtocolError.HandshakeTimeout,
                _ => ProtocolError.ClosedDuringHandshake,
            },
            error.Error);
        Assert.Equal(
            answer.StartsWith("a signature", StringComparison.Ordinal),
            error.Message.Contains("mechanism is not ours, NULL", StringComparison.Ordinal));
    }

    /// <summary>libzmq has sent nothing where our greeting is there before its own engine has begun.</summary>
    [Fact]
    [Spec("ZMTP30-17", "ZMTP30-18")]
    public async Task GREETING_HeldBackAfterAHangUpWithoutAWord_NamesBothMechanisms()
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        var listener = sut.Listens();
        await using (var first = await listener.AcceptAsync())
        {
            await first.ExpectAsync(Ours);
            first.ShutdownSend();
            await first.ExpectCloseAsync();
        }

        await using var second = await listener.AcceptAsync();
        await second.ExpectAsync(Ours[..FirstLength]);
        await second.SendAsync(Octets.Greeting31("CURVE"));

        await second.ExpectAsync(Ours[FirstLength..]);
        Assert.Equal(ProtocolError.ClosedDuringHandshake, (await FailsAsync(sut)).Error);
        Assert.Equal(ProtocolError.MechanismMismatch, (await FailsAsync(sut)).Error);
    }

    /// <summary>What it has sent says why, also where there is nobody any more to send the rest to.</summary>
    [LinuxFact]
    [Spec("ZMTP30-18")]
    public async Task GREETING_HeldBackAtAPeerThatResetsBehindItsOwn_NamesBothMechanisms()
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        var listener = sut.Listens();
        await CutShortAsync(listener, Ours);
        await FailsAsync(sut);
        await using var raw = await listener.AcceptAsync();
        await raw.ExpectAsync(Ours[..FirstLength]);

        await raw.SendAsync(Octets.Greeting31("CURVE"));
        raw.Reset();

        Assert.Equal(ProtocolError.MechanismMismatch, (await FailsAsync(sut)).Error);
    }

    /// <summary>There may be peers that send nothing until they have read all of a greeting.</summary>
    [Fact]
    [Spec("ZMTP30-07")]
    public async Task GREETING_HeldBackAtAPeerThatWaitsForAllOfIt_GoesOnAfterASecond()
    {
        var time = new FakeTimeProvider();
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick), time);
        var listener = sut.Listens();
        await CutShortAsync(listener, Ours);
        await FailsAsync(sut);
        var raw = sut.Keep(await time.PassUntilAsync(listener.AcceptAsync(), Sut.Quick.ReconnectInterval));
        await raw.ExpectAsync(Ours[..FirstLength]);

        var rest = raw.ReadAsync(Ours.Length - FirstLength);
        Assert.Equal(Ours[FirstLength..], await time.PassUntilAsync(rest, TimeSpan.FromMilliseconds(50)));
        await raw.SendAsync(Octets.Greeting31(), Octets.Ready("PULL"));
        await raw.ReadCommandAsync("READY");
        await raw.ExpectOpenAsync();
    }

    [Theory]
    [InlineData("the whole greeting")]
    [InlineData("HTTP")]
    [Spec("ZMTP30-09")]
    public async Task GREETING_AfterAnotherFailure_IsWholeAtOnce(string sent)
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        var listener = sut.Listens();
        await using (var first = await listener.AcceptAsync())
        {
            await first.ExpectAsync(Ours);
            if (sent == "the whole greeting") await first.SendAsync(Octets.Greeting31());
            if (sent == "HTTP") await first.SendAsync(Octets.Text("HTTP/1.1 400 Bad Request\r\n\r\n"));
            first.ShutdownSend();
            await first.ReadToCloseAsync();
        }

        await using var second = await listener.AcceptAsync();
        await second.ExpectAsync(Ours);
    }

    /// <summary>What libzmq does about another mechanism.</summary>
    private static async Task CutShortAsync(RawListener listener, byte[] expected)
    {
        await using var raw = await listener.AcceptAsync();
        await raw.SendAsync(Octets.Greeting31()[..10]);
        await raw.ExpectAsync(expected);
        raw.ShutdownSend();
        await raw.ExpectCloseAsync();
    }

    private static async Task<ZmtpProtocolException> FailsAsync<T>(Sut<T> sut)
        where T : ZmtpSocket =>
        Assert.IsType<ZmtpProtocolException>((await sut.Events.NextAsync(SocketEventKind.HandshakeFailed)).Error);
}
