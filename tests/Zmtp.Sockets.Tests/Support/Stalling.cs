using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A scripted peer that stops reading, so that the queue towards it fills.</summary>
internal static class Stalling
{
    private const int Buffer = 16 * 1024;
    private static readonly byte[] Filler = new byte[50_000];

    /// <summary>A mark of 4 messages and a small send buffer: the queue is full after some dozen messages.</summary>
    public static readonly SocketOptions Options = Sut.Quick with
    {
        SendHighWaterMark = 4,
        Transport = new() { SendBufferSize = Buffer },
    };

    /// <summary>A peer that has shaken hands and reads nothing any more.</summary>
    public static async Task<RawPeer> PeerAsync<T>(Sut<T> sut, string socketType, string? identity = null)
        where T : ZmtpSocket
    {
        var raw = await sut.RawConnectsAsync();
        raw.LimitReceiveBuffer(Buffer);
        await raw.Handshake31Async(socketType, identity);
        await raw.ExpectOpenAsync();
        return raw;
    }

    /// <summary>Sends until nothing more is taken: the mark is reached and the system's buffers are full.</summary>
    /// <returns>How many messages were taken.</returns>
    public static async Task<int> FillAsync(Func<byte[], bool> trySend)
    {
        // TCP holds back what does not fill a segment for 200 ms and then finds room for it: only a longer refusal is final.
        int taken = 0;
        for (int refused = 0; refused < 25;)
        {
            if (trySend(Filler))
            {
                taken++;
                refused = 0;
                Assert.True(taken < 1000, "50 MB were taken for a peer that does not read, at a mark of 4 messages.");
                continue;
            }

            refused++;
            await Task.Delay(20);
        }

        return taken;
    }

    public static async Task ExpectOthersGetEverythingAsync<T>(Sut<T> sut, string socketType, bool incoming)
        where T : SendingSocket
    {
        var stalled = await PeerAsync(sut, socketType);
        await FillAsync(frame => sut.Socket.TrySend(frame));
        Assert.False(sut.Socket.TrySend("nobody"));
        if (incoming)
        {
            await stalled.SendAsync(Octets.Hello);
            Assert.Equal("hello", await sut.Socket.NextAsync());
        }

        var reading = await sut.PeerConnectsAsync(socketType);
        for (int i = 0; i < 20; i++)
        {
            Assert.True(sut.Socket.TrySend($"{i:00}"));
            await reading.ExpectAsync(Octets.Frame($"{i:00}"));
        }

        await reading.ExpectOpenAsync();
    }

    public static async Task ExpectQueueGoesWithThePeerAsync<T>(Sut<T> sut, string socketType)
        where T : SendingSocket
    {
        var stalled = await PeerAsync(sut, socketType);
        await FillAsync(frame => sut.Socket.TrySend(frame));
        stalled.Reset();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);

        var next = await sut.PeerConnectsAsync(socketType);
        await sut.Socket.SendAsync("hello").WithinAsync();
        await next.ExpectAsync(Octets.Hello);
        await next.ExpectOpenAsync();
    }
}
