using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>Peers that send and do not read.</summary>
[Collection(AloneCollection.Name)]
public sealed class FloodTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    [Spec("ZMTP30-42")]
    public async Task PING_FromAPeerThatDoesNotReadItsPongs_DoesNotPileThemUp()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var bad = await sut.PeerConnectsAsync("PUSH");
        byte[] pings = [.. Enumerable.Repeat(Octets.PingWith(0, new byte[16]), MiB / 25).SelectMany(ping => ping)];
        var before = GC.GetTotalMemory(forceFullCollection: true);

        // The PONGs for 32 MiB of PINGs are 29 MiB, of which the system's buffers take some.
        for (var i = 0; i < 32; i++) await bad.SendAsync(pings);
        await bad.SendAsync(Octets.Hello);

        Assert.Equal("hello", await sut.Socket.NextAsync());
        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(taken < 8 * MiB, $"{taken} octets are held.");
        var good = await sut.PeerConnectsAsync("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }
}
