using System.Diagnostics;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Greetings;

/// <summary>The 64 octets that a socket sends, whoever is there.</summary>
public sealed class GreetingSentTests
{
    private const string NullGreeting =
        "FF 00 00 00 00 00 00 00 00 7F 03 01 4E 55 4C 4C" +
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" +
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" +
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("ZMTP30-01", "ZMTP30-02", "ZMTP30-03", "ZMTP30-04", "ZMTP30-05", "ZMTP30-07", "ZMTP30-08")]
    [Spec("ZMTP30-22", "ZMTP30-23", "ZMTP20-12")]
    public async Task GREETING_SilentPeer_GetsAll64OctetsAtOnce(bool bound)
    {
        await using var sut = Sut.Create(context => new PullSocket(context, Sut.Quick));
        var raw = await ReachAsync(sut, bound);

        await raw.ExpectAsync(NullGreeting);

        await raw.ExpectNothingAsync(TimeSpan.FromMilliseconds(100));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("ZMTP30-09")]
    public async Task GREETING_SilentPeer_LastOctetArrivesSoonAfterTheConnection(bool bound)
    {
        // The best of some attempts: what is shown is that nothing is waited for, not how busy the machine is.
        var best = TimeSpan.MaxValue;
        await using var sut = Sut.Create(context => new PullSocket(context, Sut.Quick));
        for (var attempt = 0; attempt < 10 && best >= TimeSpan.FromMilliseconds(100); attempt++)
        {
            var raw = await ReachAsync(sut, bound);
            var start = Stopwatch.GetTimestamp();
            await raw.ReadAsync(64);
            var elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed < best) best = elapsed;
        }

        Assert.True(best < TimeSpan.FromMilliseconds(100), $"The greeting took {best.TotalMilliseconds} ms at best.");
    }

    [Theory]
    [InlineData("NULL", "4E 55 4C 4C 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")]
    [InlineData("PLAIN", "50 4C 41 49 4E 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")]
    [InlineData("CURVE", "43 55 52 56 45 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")]
    [Spec("ZMTP30-03", "ZMTP30-04", "ZMTP30-08")]
    public async Task GREETING_EachMechanism_NameIsPaddedTo20Octets(string mechanism, string field)
    {
        await using var sut = await Sut.BoundAsync(context =>
            new PullSocket(context, Sut.Quick with { Security = TestSecurity.Server(mechanism) }));
        var raw = await sut.RawConnectsAsync();

        var greeting = await raw.ReadAsync(64);

        Assert.Equal(Octets.Hex(field), greeting[12..32]);
        Assert.Equal(new byte[8], greeting[1..9]);
        Assert.Equal(new byte[31], greeting[33..]);
    }

    [Theory]
    [InlineData("PLAIN", true, true, 0x01)]
    [InlineData("PLAIN", true, false, 0x01)]
    [InlineData("PLAIN", false, true, 0x00)]
    [InlineData("PLAIN", false, false, 0x00)]
    [InlineData("CURVE", true, true, 0x01)]
    [InlineData("CURVE", true, false, 0x01)]
    [InlineData("CURVE", false, true, 0x00)]
    [InlineData("CURVE", false, false, 0x00)]
    [InlineData("NULL", true, true, 0x00)]
    [InlineData("NULL", false, false, 0x00)]
    [Spec("ZMTP30-22", "ZMTP30-23", "ZMTP30-24")]
    public async Task GREETING_EachRole_AsServerTellsTheRoleWhoeverBinds(string mechanism, bool server, bool bound, byte expected)
    {
        var security = server ? TestSecurity.Server(mechanism) : TestSecurity.Client(mechanism);
        await using var sut = Sut.Create(context => new PullSocket(context, Sut.Quick with { Security = security }));
        var raw = await ReachAsync(sut, bound);

        var greeting = await raw.ReadAsync(64);

        Assert.Equal(expected, greeting[32]);
    }

    [Fact]
    [Spec("ZMTP30-17")]
    public async Task GREETING_PeerWithUnknownMechanism_StillGetsAWholeGreetingBeforeTheClose()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();

        await raw.SendAsync(Octets.Greeting31("BOGUS"));

        Assert.Equal(Octets.Hex(NullGreeting), await raw.ReadToCloseAsync());
    }

    private static async Task<RawPeer> ReachAsync<T>(Sut<T> sut, bool bound)
        where T : ZmtpSocket
    {
        if (!bound) return await sut.RawListensAsync();
        if (sut.Endpoint.Length == 0) await sut.BindAsync();
        return await sut.RawConnectsAsync();
    }
}
