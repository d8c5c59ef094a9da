using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Lessons;

/// <summary>The mechanism comes from our own options: nothing that a peer announces, and no older protocol, is a way round it.</summary>
public sealed class DowngradeTests
{
    public static TheoryData<string, string, string> Legacy
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            (string, string)[] secured = [("NULL", "global"), ("PLAIN", ""), ("CURVE", ""), ("CURVE", "global")];
            foreach (var (mechanism, domain) in secured)
            {
                data.Add(mechanism, domain, "01 00 08 00 73 6E 65 61 6B 79 00");
                data.Add(mechanism, domain, "FF 00 00 00 00 00 00 00 08 7E 00 73 6E 65 61 6B 79 00");
                data.Add(mechanism, domain, "FF 00 00 00 00 00 00 00 01 7F 00 08 00 00 00 06 73 6E 65 61 6B 79");
                data.Add(mechanism, domain, "FF 00 00 00 00 00 00 00 01 7F 01 08 00 00 00 06 73 6E 65 61 6B 79");
                data.Add(mechanism, domain, Octets.ToHex("GET / HTTP/1.1\r\nHost: sneaky\r\n\r\n"u8));
                data.Add(mechanism, domain, "16 03 01 00 45 01 00 00 41 03 03 00 01 02 03 04 05 06 07 08");
                data.Add(mechanism, domain, Octets.ToHex("helo sneaky\r\nquit\r\n"u8));
            }

            return data;
        }
    }

    [Theory]
    [InlineData("4E 55 4C 4C")] // NULL
    [InlineData("50 4C 41 49 4E")] // PLAIN
    [InlineData("47 53 53 41 50 49")] // GSSAPI
    [InlineData("63 75 72 76 65")] // curve
    [InlineData("43 55 52 56 45 01")] // CURVE and 01
    [InlineData("43 55 52 56 45 58")] // CURVEX
    [InlineData("43 55 52 56 45 00 58")] // CURVE, 00, X
    [InlineData("9C E1 FF 01")]
    [InlineData("")]
    [Lesson("T1")]
    public async Task GREETING_AtACurveServer_AnythingButCurveIsRefusedAndNobodyIsAsked(string mechanism)
    {
        var asked = 0;
        await using var sut = await BoundAsync("CURVE", "global", () => asked++);
        var greeting = Octets.Greeting31("");
        Octets.Hex(mechanism).CopyTo(greeting, 12);
        var raw = await sut.RawConnectsAsync();

        await raw.SendAsync(greeting, Octets.Ready("PUSH"), Octets.Hex(Octets.Hello));

        Assert.Equal(64, (await raw.ReadToCloseAsync()).Length);
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.MechanismMismatch, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        await sut.Socket.ExpectNoMessageAsync(50);
        Assert.Equal(0, asked);
    }

    [Theory]
    [MemberData(nameof(Legacy))]
    [Lesson("T4")]
    public async Task LEGACY_AtASocketWithSecurity_IsRefusedWithAReasonAndNothingArrives(string mechanism, string domain, string octets)
    {
        var asked = 0;
        await using var sut = await BoundAsync(mechanism, domain, () => asked++);
        var raw = await sut.RawConnectsAsync();

        await raw.SendAsync(octets);

        await raw.ReadToCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        var error = Assert.IsType<ZmtpProtocolException>(failed.Error);
        Assert.Contains(error.Error, (ProtocolError[])[ProtocolError.NotZmtp, ProtocolError.UnsupportedVersion]);
        Assert.Contains("heck", error.Message, StringComparison.Ordinal);
        await sut.Socket.ExpectNoMessageAsync(50);
        Assert.Equal(0, asked);
    }

    private static Task<Sut<PullSocket>> BoundAsync(string mechanism, string domain, Action ask) => Sut.BoundAsync(context =>
    {
        context.Use(new FunctionAuthenticator(_ =>
        {
            ask();
            return Task.FromResult(AuthenticationResult.Success());
        }));
        return new PullSocket(context, TestServers.Asking(mechanism) with { ZapDomain = domain });
    });
}
