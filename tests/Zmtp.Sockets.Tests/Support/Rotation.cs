using Xunit;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Round-robin over scripted peers.</summary>
internal static class Rotation
{
    public static async Task ExpectAsync<T>(Sut<T> sut, string[] socketTypes)
        where T : SendingSocket
    {
        List<RawPeer> peers = [];
        foreach (string type in socketTypes)
        {
            peers.Add(peers.Count % 2 == 0 ? await sut.PeerConnectsAsync(type) : await sut.PeerListensAsync(type));
        }

        const int rounds = 5;
        for (int i = 0; i < peers.Count * rounds; i++) Assert.True(sut.Socket.TrySend($"{i:00}"));

        // Whoever is first, the others follow in the same order, and nothing is sent twice or lost.
        List<string> firsts = [];
        foreach (var raw in peers)
        {
            string first = (await raw.ReadFrameAsync()).Text;
            firsts.Add(first);
            for (int round = 1; round < rounds; round++)
            {
                int expected = int.Parse(first, System.Globalization.CultureInfo.InvariantCulture) + round * peers.Count;
                await raw.ExpectAsync(Octets.Frame($"{expected:00}"));
            }

            await raw.ExpectOpenAsync();
        }

        Assert.Equal(Enumerable.Range(0, peers.Count).Select(i => $"{i:00}"), firsts.Order());
    }
}
