using System.Net.Sockets;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>Peers that subscribe and take it back without end, to what another one is subscribed to: none of it is for the application.</summary>
[Collection(AloneCollection.Name)]
public class SubscriptionFloodTests
{
    [Fact]
    public async Task XPUB_PeerHasLeftManyNoticesThatTellNothingNew_OthersMessagesTakeTurnsWithThem()
    {
        const int count = 400;
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var stays = await sut.PeerConnectsAsync("SUB");
        await stays.SendAsync(Octets.SubscribeA);
        (await sut.Socket.ReceiveAsync().WithinAsync()).Dispose();
        var (noisy, quiet) = (await sut.PeerConnectsAsync("SUB"), await sut.PeerConnectsAsync("XSUB"));
        await noisy.SendAsync(Octets.Hex(string.Concat(Enumerable.Repeat(Octets.SubscribeA + Octets.CancelA, count)) + Octets.SubscribeAll));
        await noisy.ExpectOpenAsync();
        await quiet.SendAsync(Octets.Hello);
        await quiet.ExpectOpenAsync();

        Assert.Equal("hello", await sut.Socket.NextAsync());
        Assert.Equal("\u0001", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public async Task XPUB_PeersChangeTheirMindsWithoutEnd_WhoReceivesForATimeIsBackAndOthersAreHeard(int milliseconds)
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var stays = await sut.PeerConnectsAsync("SUB");
        await stays.SendAsync(Octets.SubscribeA);
        (await sut.Socket.ReceiveAsync().WithinAsync()).Dispose();
        var quiet = await sut.PeerConnectsAsync("XSUB");
        var flood = Octets.Hex(string.Concat(Enumerable.Repeat(Octets.SubscribeA + Octets.CancelA, 4000)));
        var noisy = new List<RawPeer>();
        for (var i = 0; i < 3; i++) noisy.Add(await sut.PeerConnectsAsync("SUB"));
        var isOver = false;
        var flooding = noisy.Select(async peer =>
        {
            try
            {
                while (!Volatile.Read(ref isOver)) await peer.SendAsync(flood);
            }
            catch (Exception e) when (Volatile.Read(ref isOver) && e is (SocketException or ObjectDisposedException))
            {
                // Nobody reads any more, so that it waits until it is reset. Before that it is not to fail.
            }
        }).ToArray();
        try
        {
            // Its answer says that what came before it may be received.
            await quiet.SendAsync(Octets.Hello);
            await quiet.ExpectOpenAsync();
            var hasCome = false;
            await Blocking.RunAsync(() =>
            {
                for (var i = 0; i < 20; i++)
                {
                    if (!sut.Socket.TryReceive(TimeSpan.FromMilliseconds(milliseconds), out var message)) continue;
                    hasCome = true;
                    message.Dispose();
                }
            }).WithinAsync();
            Assert.True(hasCome);

            // In line, too: who waits without an end gives up when told, and hears of others.
            using var soon = new CancellationTokenSource(milliseconds);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sut.Socket.ReceiveAsync(soon.Token).WithinAsync());
            await quiet.SendAsync(Octets.Hello);
            await quiet.ExpectOpenAsync();
            Assert.Equal("hello", await sut.Socket.NextAsync());
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            foreach (var peer in noisy) peer.Reset();
        }

        await Task.WhenAll(flooding).WithinAsync();
    }
}
