using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Subscriptions;

/// <summary>One of several connections cannot encode what it is given, and ends: the others, and the application, are not to notice.</summary>
public class BrokenConnectionTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    public async Task SUB_OnePublishersConnectionCannotEncode_TheOtherPublisherIsToldAllTheSame(int broken, int minor)
    {
        var security = new FallibleSecurity();
        await using var sut = Sut.Create(context => new SubSocket(context, Sut.Quick with { Security = security }));
        RawPeer[] publishers = new RawPeer[2];
        for (int i = 0; i < publishers.Length; i++) publishers[i] = await sut.PeerListensAsync("PUB", minor: minor);
        security.Made[broken].Fails = true;

        sut.Socket.Subscribe("A");

        await publishers[1 - broken].ExpectAsync(minor == 0 ? Octets.LegacySubscribeA : Octets.SubscribeA);
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        sut.Socket.Unsubscribe("A");
        await publishers[1 - broken].ExpectAsync(minor == 0 ? Octets.LegacyCancelA : Octets.CancelA);
    }

    [Theory]
    [InlineData(0, 2, false)]
    [InlineData(1, 2, false)]
    [InlineData(0, 2, true)]
    [InlineData(1, 2, true)]
    [InlineData(0, 20_000, false)]
    [InlineData(1, 20_000, false)]
    [InlineData(0, 20_000, true)]
    [InlineData(1, 20_000, true)]
    public async Task PUB_OneSubscribersConnectionCannotEncode_TheOtherGetsTheMessage(int broken, int length, bool asMessage)
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick with { Security = security }));
        RawPeer[] subscribers = new RawPeer[2];
        for (int i = 0; i < subscribers.Length; i++) subscribers[i] = await SubscribedAsync(sut);
        security.Made[broken].Fails = true;
        string text = new('A', length);

        Send(sut.Socket, text, asMessage);

        await subscribers[1 - broken].ExpectAsync(Octets.Frame(text));
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PUB_TheOnlySubscribersConnectionCannotEncode_TheMessageIsMissed(bool asMessage)
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick with { Security = security }));
        await SubscribedAsync(sut);
        security.Made[0].Fails = true;

        Send(sut.Socket, "A1", asMessage);

        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        var next = await SubscribedAsync(sut);
        Send(sut.Socket, "A2", asMessage);
        await next.ExpectAsync(Octets.Frame("A2"));
    }

    private static async Task<RawPeer> SubscribedAsync(Sut<PubSocket> sut)
    {
        var raw = await sut.PeerConnectsAsync("SUB");
        await raw.SendAsync(Octets.SubscribeA);
        await raw.ExpectOpenAsync();
        return raw;
    }

    private static void Send(PubSocket pub, string text, bool asMessage)
    {
        if (asMessage) pub.Send(Message.Of(text));
        else pub.Send(Octets.Text(text));
    }
}
