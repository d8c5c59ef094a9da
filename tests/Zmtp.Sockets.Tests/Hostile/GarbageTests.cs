using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>
/// Octets from peers that are no peers: the connection ends within the handshake time, nothing but a greeting is sent to it, nothing of it
/// reaches the application, and a good peer at the same listener is served meanwhile.
/// </summary>
public sealed class GarbageTests
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(1.5);

    private readonly FakeTimeProvider _time = new();

    /// <summary>What is sent, and whether it might be the beginning of a handshake: then only the time ends it.</summary>
    public static TheoryData<string, byte[], bool> Garbage => new()
    {
        { "64 zeros", new byte[64], false },
        { "64 x FF", [.. Enumerable.Repeat((byte)0xFF, 64)], false },
        { "one FF", [0xFF], true },
        { "no octet", [], true },
        { "half a greeting", Octets.Greeting31()[..32], true },
        { "a greeting but for one octet", Octets.Greeting31()[..63], true },
        { "a greeting and nothing else", Octets.Greeting31(), true },
        { "a greeting and half a READY", Octets.Join(Octets.Greeting31(), Octets.Ready("PUSH")[..12]), true },
        { "a greeting and garbage", Octets.Join(Octets.Greeting31(), [.. Enumerable.Range(0, 256).Select(i => (byte)(255 - i))]), false },
        { "an HTTP request", Octets.Text("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n"), false },
        { "an HTTP/2 preface", Octets.Text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), false },
        { "an SSH banner", Octets.Text("SSH-2.0-OpenSSH_9.6\r\n"), false },
        { "a TLS ClientHello", Octets.Hex(TlsClientHello), false },
        { "ZMTP 1.0", Octets.Hex("01 00 06 00 68 65 6C 6C 6F"), false },
        { "ZMTP 2.0", Octets.Hex("FF 00 00 00 00 00 00 00 00 7F 01 08 00 00 00 05 68 65 6C 6C 6F"), false },
        { "a message before READY", Octets.Join(Octets.Greeting31(), Octets.Hex(Octets.Hello)), false },
        { "a PING before READY", Octets.Join(Octets.Greeting31(), Octets.Hex(Octets.Ping)), false },
        { "an unknown command before READY", Octets.Join(Octets.Greeting31(), Octets.Command("FOO")), false },
        { "a READY of another socket type", Octets.Join(Octets.Greeting31(), Octets.Ready("PULL"), Octets.Hex(Octets.Hello)), false },
    };

    private static string TlsClientHello =>
        "16 03 01 00 45 01 00 00 41 03 03 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18" +
        "19 1A 1B 1C 1D 1E 1F 00 00 02 13 01 01 00 00 16 00 2B 00 03 02 03 04 00 0D 00 04 00 02 04 03 00 0A 00 04 00 02 00 1D";

    [Theory]
    [MemberData(nameof(Garbage))]
    [Spec("ZMTP30-14", "ZMTP30-31", "ZMTP30-101", "ZMTP30-102", "ZMTP20-16")]
    [Lesson("T15")]
    public async Task GARBAGE_OnAConnectionThatStaysOpen_EndsWithinTheHandshakeTimeAndDisturbsNobody(
        string what, byte[] octets, bool mayGoOn)
    {
        await using var sut = await BoundAsync(_time);
        var good = await sut.PeerConnectsAsync("PUSH");
        var bad = await sut.RawConnectsAsync();

        await bad.SendAsync(octets);
        await good.SendAsync(Octets.Hello);

        Assert.Equal("hello", await sut.Socket.NextAsync());
        if (mayGoOn)
        {
            // Whoever is greeted has its time from before that.
            await bad.ReadAsync(64);
            _time.Advance(HandshakeTimeout);
        }

        await ExpectOnlyAGreetingAsync(bad, what);
        await bad.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(1, sut.Socket.PeerCount);
        var late = await sut.PeerConnectsAsync("PUSH");
        await late.SendAsync(Octets.Frame("late"));
        Assert.Equal("late", await sut.Socket.NextAsync());
        await good.ExpectOpenAsync();
    }

    [Theory]
    [InlineData(0x7FFF_FFFFUL)]
    [InlineData(0x8000_0000UL)]
    [InlineData(0xFFFF_FFFFUL)]
    [InlineData(0x7FFF_FFFF_FFFF_FFFFUL)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(0xFFFF_FFFF_FFFF_FFDAUL)]
    [InlineData(0xFFFF_FFFF_FFFF_FFFFUL)]
    [InlineData(0x0001_0001UL)]
    [Spec("ZMTP30-41", "ZMTP30-42", "ZMTP30-101")]
    [Lesson("T5")]
    public async Task LENGTH_ThatLiesInTheHandshake_EndsTheConnectionByItsHeader(ulong length)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        foreach (var flags in (byte[])[0x02, 0x06])
        {
            var bad = await sut.RawConnectsAsync();
            await bad.ExchangeGreetingsAsync(Octets.Greeting31());

            await bad.SendAsync([flags], Octets.BigEndian(length));

            // Well before the handshake timer, which is 30 s.
            await bad.ExpectCloseAsync();
        }

        var good = await sut.PeerConnectsAsync("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData(0x7FFF_FFFFUL)]
    [InlineData(0x8000_0000UL)]
    [InlineData(0xFFFF_FFFFUL)]
    [InlineData(0x7FFF_FFFF_FFFF_FFFFUL)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(0xFFFF_FFFF_FFFF_FFDAUL)]
    [InlineData(0xFFFF_FFFF_FFFF_FFFFUL)]
    [Spec("ZMTP30-41", "ZMTP30-42")]
    [Lesson("T5")]
    public async Task LENGTH_ThatLiesAfterTheHandshake_EndsTheConnectionByItsHeaderWithTheDefaultLimit(ulong length)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        foreach (var flags in (byte[])[0x02, 0x03, 0x06])
        {
            var bad = await sut.PeerConnectsAsync("PUSH");

            await bad.SendAsync([flags], Octets.BigEndian(length));

            await bad.ExpectCloseAsync();
            await sut.Events.NextAsync(SocketEventKind.Disconnected);
        }

        var good = await sut.PeerConnectsAsync("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP30-07", "ZMTP30-101")]
    public async Task GREETING_DrippedTooSlowly_EndsAtTheHandshakeTimer()
    {
        await using var sut = await BoundAsync(TimeProvider.System);
        var bad = await sut.RawConnectsAsync();
        var closing = bad.ReadToCloseAsync();
        var octets = Octets.Join(Octets.Greeting31(), Octets.Ready("PUSH"));

        // Each octet comes in time, all of them do not: 90 x 50 ms. Real time, as nobody tells when an octet of a greeting has been read.
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var sent = 0;
        while (!closing.IsCompleted && sent < octets.Length)
        {
            try
            {
                await bad.SendAsync([octets[sent++]]);
            }
            catch (System.Net.Sockets.SocketException)
            {
                break;
            }

            await beat.WaitForNextTickAsync();
        }

        await closing;
        Assert.True(sent < octets.Length, "The handshake was let through.");
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }

    [Fact]
    [Spec("ZMTP30-32", "ZMTP30-101")]
    public async Task CONNECTION_ResetInTheHandshake_LeavesTheListenerInService()
    {
        await using var sut = await BoundAsync(_time);
        for (var i = 0; i < 50; i++)
        {
            var bad = await sut.RawConnectsAsync();
            await bad.SendAsync(Octets.Greeting31()[..(i + 1)]);
            bad.Reset();
        }

        var good = await sut.PeerConnectsAsync("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData("an HTTP request", "HTTP")]
    [InlineData("a TLS ClientHello", "TLS")]
    [Spec("ZMTP30-14")]
    public async Task GARBAGE_OfAWellKnownProtocol_IsNamedInTheEvent(string what, string name)
    {
        await using var sut = await BoundAsync(_time);
        var bad = await sut.RawConnectsAsync();

        await bad.SendAsync((byte[])Garbage.Single(row => (string)row[0] == what)[1]);

        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.NotZmtp, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        Assert.Contains(name, failed.Error!.Message, StringComparison.Ordinal);
    }

    private static Task<Sut<PullSocket>> BoundAsync(TimeProvider time) =>
        Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { HandshakeTimeout = HandshakeTimeout }), time);

    /// <summary>A greeting, perhaps cut short by a reset, and an ERROR where the socket types do not fit.</summary>
    private static async Task ExpectOnlyAGreetingAsync(RawPeer bad, string what)
    {
        var expected = what == "a READY of another socket type"
            ? Octets.Join(Octets.Greeting31(), Octets.Error("Incompatible-Socket-Type"))
            : Octets.Greeting31();
        await bad.ReadToCloseAsync();
        byte[] received = [.. bad.Received];
        Assert.Equal(Octets.ToHex(expected.AsSpan(0, Math.Min(expected.Length, received.Length))), Octets.ToHex(received));
    }
}
