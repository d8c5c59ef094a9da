using System.Globalization;
using Xunit;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Three scripted peers that send more than anybody takes: is everybody served?</summary>
internal static class Flood
{
    private const int Each = 200;

    /// <summary>Every peer's messages are there before the first is received; then they must come in turn.</summary>
    public static async Task ExpectTurnsAsync<T>(
        Sut<T> sut, string socketType, byte[]? before = null, Func<Task>? afterEach = null, bool settle = true)
        where T : ZmtpSocket
    {
        List<RawPeer> peers = [];
        for (int i = 0; i < 3; i++) peers.Add(await sut.PeerConnectsAsync(socketType, settle: settle));
        for (int i = 0; i < peers.Count; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            byte[] one = Octets.Join(before ?? [], Octets.Frame(number));
            await peers[i].SendAsync([.. Enumerable.Repeat(one, Each)]);
            await peers[i].SendAsync(Octets.PingLol);
            while ((await peers[i].ReadFrameAsync()).CommandName != "PONG")
            {
            }

            // A batch shows when the read it came with is over, so it takes a later read to know.
            await peers[i].ExpectOpenAsync();
        }

        int[] served = new int[peers.Count];
        for (int i = 0; i < Each * peers.Count; i++)
        {
            byte[][] frames = await sut.Socket.NextFramesAsync();
            served[frames[^1][0] - '0']++;
            string counts = string.Join(", ", served);
            Assert.True(served.Max() - served.Min() <= 2, $"After {i + 1} messages the peers were served {counts} times.");
            if (afterEach is not null) await afterEach();
        }
    }
}
