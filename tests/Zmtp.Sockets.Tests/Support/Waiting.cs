using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A queue exists from connect on: messages wait in it for the peer.</summary>
internal static class Waiting
{
    /// <param name="sut">Has a send high-water mark of 10 and no peer.</param>
    /// <param name="socketType">What the peer poses as.</param>
    public static async Task ExpectQueuedAsync<T>(Sut<T> sut, string socketType)
        where T : SendingSocket
    {
        var listener = sut.Keep(RawListener.Reserve());
        sut.Socket.Connect(listener.Endpoint);
        for (int i = 0; i < 10; i++) Assert.True(sut.Socket.TrySend($"{i:00}"));
        Assert.False(sut.Socket.TrySend("one too many"));
        var waiting = sut.Socket.SendAsync("10").AsTask();
        Assert.False(waiting.IsCompleted);

        listener.Listen();
        var raw = await sut.AcceptAsync(listener, socketType, settle: false);
        for (int i = 0; i < 11; i++) await raw.ExpectAsync(Octets.Frame($"{i:00}"));
        await waiting.WithinAsync();
        await raw.ExpectOpenAsync();
    }
}
