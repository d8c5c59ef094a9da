using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Octets in, the same octets out.</summary>
internal static class Unchanged
{
    /// <summary>Frames that begin like subscriptions, look like commands, are empty, or need the long form.</summary>
    public static readonly byte[][] Frames =
    [
        [0x01, 0x41],
        [],
        [0x04, 0x50, 0x49, 0x4E, 0x47],
        [.. Enumerable.Range(0, 256).Select(i => (byte)i)],
        [0x00, 0xFF, 0x0D, 0x0A, 0x1A],
    ];

    private static readonly byte[] Wire = Octets.Join([.. Frames.Select((frame, i) => Octets.Frame(frame, more: i < Frames.Length - 1))]);

    public static async Task ExpectSentAsync<T>(Sut<T> sut, string socketType)
        where T : SendingSocket
    {
        var raw = await sut.PeerConnectsAsync(socketType);
        var message = Message.Create();
        foreach (byte[] frame in Frames) message.Append(frame);
        await sut.Socket.SendAsync(message).WithinAsync();
        await raw.ExpectAsync(Wire);
        await sut.Socket.SendAsync(Frames[3]).WithinAsync();
        await raw.ExpectAsync(Octets.Frame(Frames[3]));
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
    }

    public static async Task ExpectReceivedAsync<T>(Sut<T> sut, string socketType)
        where T : ZmtpSocket
    {
        var raw = await sut.PeerConnectsAsync(socketType);
        await raw.SendAsync(Wire);
        byte[][] frames = await sut.Socket.NextFramesAsync();
        Assert.Equal(Frames.Select(frame => Octets.ToHex(frame)), frames.Select(frame => Octets.ToHex(frame)));
    }
}
