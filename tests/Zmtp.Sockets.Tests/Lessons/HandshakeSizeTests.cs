using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Lessons;

/// <summary>What a peer may say before it is let in has a limit of its own, and the largest that is allowed goes through whole.</summary>
[Collection(AloneCollection.Name)]
public sealed class HandshakeSizeTests
{
    private const int MiB = 1024 * 1024;
    private const int HandshakeLimit = 64 * 1024;

    [Theory]
    [InlineData(257)]
    [InlineData(1024)]
    [InlineData(HandshakeLimit)]
    [InlineData(HandshakeLimit + 1)]
    [InlineData(MiB)]
    [InlineData(1024 * MiB)]
    [Lesson("T7")]
    public async Task INITIATE_OfAnyDeclaredSize_CostsNoMoreThanTheHandshakeLimit(uint declared)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { Security = TestSecurity.Server("CURVE") }));
        await KnockAsync(sut, 257);
        await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        await KnockAsync(sut, declared);

        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        var taken = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.True(taken < MiB, $"{taken} octets were allocated.");
        if (declared > HandshakeLimit) Assert.Equal(ProtocolError.FrameTooLarge, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        Assert.Equal(0, sut.Socket.PeerCount);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Lesson("T6")]
    public async Task METADATA_OfTheLargestSizeWithTheLargestIdentity_ArriveWholeInBothDirections(string mechanism)
    {
        // Sixty properties of 1,000 octets and an Identity of 255: 61 KiB, close below the limit of a handshake command.
        var properties = Enumerable.Range(0, 60).Select(i => KeyValuePair.Create($"X-{i}", (ReadOnlyMemory<byte>)Filled(1000, i))).ToArray();
        var options = Sut.Quick with { RoutingId = Filled(255, 7), Metadata = new ZmtpMetadata(properties) };
        await using var context = Searched.NewContext();
        context.Use(FixedVerdict.Success);
        await using var router = new RouterSocket(context, options with { Security = TestSecurity.Server(mechanism) });
        await using var dealer = new DealerSocket(context, options with { Security = TestSecurity.Client(mechanism) });

        dealer.Connect(await router.BindAsync("tcp://127.0.0.1:*"));

        foreach (var peer in (ZmtpPeer[])[await router.WaitForPeerAsync(TestTimeout.Default), await dealer.WaitForPeerAsync(TestTimeout.Default)])
        {
            Assert.Equal(Filled(255, 7), peer.Identity.ToArray());
            for (var i = 0; i < properties.Length; i++)
            {
                Assert.True(peer.Metadata.TryGet($"X-{i}", out var value));
                Assert.Equal(Filled(1000, i), value.ToArray());
            }
        }
    }

    /// <summary>Says HELLO, and declares an INITIATE of which the name and then garbage follow, as far as there is room.</summary>
    private static async Task KnockAsync(Sut<PullSocket> sut, uint declared)
    {
        var raw = await sut.RawConnectsAsync();
        var client = RawCurvePeer.AsClient(raw, CurveKeys.TestClient, CurveKeys.TestServer.Public);
        await client.SendGreetingAsync();
        await raw.SendAsync(Octets.WithHeader(0x04, client.Client.Hello()));
        client.Client.OpenWelcome((await raw.ReadCommandAsync("WELCOME")).Body);
        await raw.SendAsync([0x06], Octets.BigEndian((ulong)declared), Octets.CommandBody("INITIATE"));
        try
        {
            await raw.SendAsync(new byte[Math.Min(declared, HandshakeLimit) - 9]);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // It has hung up on the header already.
        }

        await raw.ReadToCloseAsync();
    }

    private static byte[] Filled(int length, int value) => [.. Enumerable.Repeat((byte)(value + 1), length)];
}
