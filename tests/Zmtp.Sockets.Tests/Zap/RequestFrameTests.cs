using System.Text;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>The frames a handler's socket receives, one by one.</summary>
public sealed class RequestFrameTests
{
    private const string ClientKey = "BB 88 47 1D 65 E2 65 9B 30 C5 5A 53 21 CE BB 5A AB 2B 70 A3 98 64 5C 26 DC A2 B2 FC B4 3F C5 18";

    [Theory]
    [InlineData("NULL", "31 2E 30|id|74 65 73 74|31 32 37 2E 30 2E 30 2E 31||4E 55 4C 4C")]
    [InlineData("PLAIN", "31 2E 30|id|74 65 73 74|31 32 37 2E 30 2E 30 2E 31||50 4C 41 49 4E|61 64 6D 69 6E|73 65 63 72 65 74")]
    [InlineData("CURVE", "31 2E 30|id|74 65 73 74|31 32 37 2E 30 2E 30 2E 31|41 42 43|43 55 52 56 45|" + ClientKey)]
    [Spec("ZAP-01", "ZAP-04", "ZAP-09", "ZAP-10", "ZAP-12", "ZAP-13", "ZAP-14", "ZAP-15", "ZAP-16", "ZAP-32")]
    [Spec("ZAP-40", "ZAP-41", "ZAP-42", "ZAP-43", "ZAP-44", "ZAP-45", "ZAP-46", "ZAP-47")]
    public async Task ZAP_RequestAtARouter_HasRoutingIdDelimiterAndTheFramesOfTheMechanism(string mechanism, string expected)
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, TestServers.Asking(mechanism)));
        var handler = sut.Keep(await ScriptedZapHandler.OnRouterAsync(sut.Context, ScriptedZapHandler.Wrapped(Allow)));

        var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), mechanism, "DEALER", "ABC");

        var request = await handler.NextAsync().WithinAsync();
        Assert.NotEmpty(request[0]);
        Assert.Empty(request[1]);
        Assert.Equal(expected, ToText(request[2..]));
        await client.ExpectLetInAsync();
    }

    [Theory]
    [InlineData("NULL", "31 2E 30|id|74 65 73 74|31 32 37 2E 30 2E 30 2E 31||4E 55 4C 4C")]
    [InlineData("PLAIN", "31 2E 30|id|74 65 73 74|31 32 37 2E 30 2E 30 2E 31||50 4C 41 49 4E|61 64 6D 69 6E|73 65 63 72 65 74")]
    [InlineData("CURVE", "31 2E 30|id|74 65 73 74|31 32 37 2E 30 2E 30 2E 31|41 42 43|43 55 52 56 45|" + ClientKey)]
    [Spec("ZAP-02", "ZAP-31", "ZAP-47")]
    public async Task ZAP_RequestAtARep_HasNoDelimiterNorDoesTheReply(string mechanism, string expected)
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, TestServers.Asking(mechanism)));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, Allow));

        var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), mechanism, "DEALER", "ABC");

        Assert.Equal(expected, ToText(await handler.NextAsync().WithinAsync()));
        await client.ExpectLetInAsync();
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-13")]
    public async Task ZAP_PeerOnIpv6_AddressIsTheBareText(string mechanism)
    {
        await using var sut = Sut.Create(context => new PullSocket(context, TestServers.Asking(mechanism)));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, Allow));
        var endpoint = await sut.Socket.BindAsync("tcp://[::1]:*");

        var client = await RawClient.KnockAsync(sut.Keep(await RawPeer.ConnectAsync(endpoint)), mechanism);

        Assert.Equal("::1", Encoding.ASCII.GetString((await handler.NextAsync().WithinAsync())[3]));
        await client.ExpectLetInAsync();
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-12")]
    public async Task ZAP_NoDomain_PlainAndCurveAskWithAnEmptyDomain(string mechanism)
    {
        var options = TestServers.Asking(mechanism) with { ZapDomain = "" };
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, options));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, Allow));

        var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), mechanism);

        Assert.Empty((await handler.NextAsync().WithinAsync())[2]);
        await client.ExpectLetInAsync();
    }

    [Fact]
    [Spec("ZAP-12")]
    public async Task ZAP_NullWithoutDomain_NobodyIsAsked()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, request => ScriptedZapHandler.Reply(request, "400")));

        await sut.PeerConnectsAsync("PUSH");

        Assert.Equal(0, handler.Count);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-08")]
    public async Task ZAP_OneConnection_IsOneRequestHoweverManyMessages(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, Allow));

        for (var connection = 1; connection <= 2; connection++)
        {
            var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), mechanism);
            await client.ExpectLetInAsync();
            for (var i = 0; i < 3; i++)
            {
                await client.SendAsync("hello");
                Assert.Equal("hello", await sut.Socket.NextAsync());
            }

            Assert.Equal(connection, handler.Count);
        }
    }

    [Fact]
    [Spec("ZAP-50")]
    public async Task ZAP_NullWithADomain_NoReadyBeforeTheVerdict()
    {
        var verdict = new TaskCompletionSource();
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("NULL")));
        var handler = sut.Keep(await ScriptedZapHandler.OnRouterAsync(sut.Context, async request =>
        {
            await verdict.Task;
            return ScriptedZapHandler.Wrapped(Allow)(request);
        }));
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.KnockAsync(raw, "NULL");
        await handler.NextAsync().WithinAsync();
        await raw.ExpectNothingAsync(TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, sut.Socket.PeerCount);

        verdict.SetResult();
        await client.ExpectLetInAsync();
    }

    [Theory]
    [InlineData("FF 00 00 00 00 00 00 00 00 7F 01 08 00 00")]
    [InlineData("01 00")]
    [Spec("ZAP-51")]
    public async Task ZAP_PeerOfAnOlderVersion_IsRefusedAndNotAskedAbout(string greeting)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("NULL")));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, Allow));
        var raw = await sut.RawConnectsAsync();
        await raw.ReadAsync(64);

        await raw.SendAsync(greeting);

        await raw.ExpectCloseAsync();
        Assert.Equal(0, handler.Count);
    }

    [Fact]
    [Spec("PLAIN-14")]
    public async Task ZAP_MalformedPlainHello_HandlerIsNotAsked()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("PLAIN")));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, Allow));
        string[] malformed =
        [
            "04 06 05 48 45 4C 4C 4F", // nothing
            "04 07 05 48 45 4C 4C 4F 00", // no password length
            "04 09 05 48 45 4C 4C 4F 05 61 64", // user truncated
            "04 0A 05 48 45 4C 4C 4F 01 61 06 73", // password truncated
            "04 0B 05 48 45 4C 4C 4F 01 61 01 73 00", // one octet too many
            "04 08 05 48 45 4C 4C 58 00 00", // HELLX
        ];

        foreach (var hello in malformed)
        {
            var raw = await sut.RawConnectsAsync();
            await raw.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN"));
            await raw.SendAsync(hello);
            await raw.ExpectCloseAsync();
        }

        Assert.Equal(0, handler.Count);
    }

    private static byte[][] Allow(byte[][] request) => ScriptedZapHandler.Reply(request, "200");

    /// <summary>The frames in hex with | between, the opaque request id left out.</summary>
    private static string ToText(byte[][] frames) =>
        string.Join('|', frames.Select((frame, i) => i == 1 ? "id" : Octets.ToHex(frame)));
}
