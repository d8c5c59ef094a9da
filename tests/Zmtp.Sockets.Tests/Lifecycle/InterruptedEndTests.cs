using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>An end goes on on the thread that asks for it as far as nothing has to be waited for, and that thread may be interrupted.</summary>
public class InterruptedEndTests
{
    private const int Count = 40;

    private static readonly byte[] Body = new byte[100_000];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task END_InterruptedWhereAClockIsSet_ComesToItsEndAndKeepsTheLinger(bool disconnects, bool isQueued)
    {
        var time = new HeldTime();
        var options = Sut.Quick with { Linger = TestTimeout.Default, Transport = Sut.Quick.Transport with { SendBufferSize = 4096 } };
        await using var sut = Sut.Create(context => new PushSocket(context, options), time);
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "PULL");
        for (var i = 0; isQueued && i < Count; i++) Assert.True(sut.Socket.TrySend(Body));
        Task? ending = null;

        await Interrupted.RunAsync(
            time.Hold,
            () => ending = disconnects ? sut.Socket.DisconnectAsync(listener.Endpoint).AsTask() : sut.Socket.DisposeAsync().AsTask());

        Assert.True(time.HasInterrupted);
        for (var i = 0; isQueued && i < Count; i++) Assert.Equal(Body.Length, (await raw.ReadFrameAsync()).Body.Length);
        await ending!.WithinAsync();
        Assert.Equal(0, sut.Socket.UnsentCount);
    }
}
