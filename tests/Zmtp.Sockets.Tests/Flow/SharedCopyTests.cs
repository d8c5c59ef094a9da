using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Who waits awake for a large message over inproc helps to copy it. Alone, so that no other copy is shared meanwhile.</summary>
[Collection(AloneCollection.Name)]
public class SharedCopyTests
{
    private const int Large = 4 * 1024 * 1024;

    [Fact]
    public async Task INPROC_ReceiverWaitsForALargeMessage_HelpsToCopyIt()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        await using var pull = new PullSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push, "inproc");
        var before = LargeCopy.Helped;
        var deadline = DateTime.UtcNow + (TestTimeout.Default / 2);
        var sending = Blocking.RunAsync(() =>
        {
            var body = new byte[Large];
            for (byte i = 1; LargeCopy.Helped == before && DateTime.UtcNow < deadline; i = (byte)((i % 250) + 1))
            {
                Array.Fill(body, i);
                push.Send(body);
            }

            push.Send([]);
        });
        var receiving = Blocking.RunAsync(() =>
        {
            var expected = new byte[Large];
            for (byte i = 1; ; i = (byte)((i % 250) + 1))
            {
                using var message = pull.Receive();
                if (message[0].Length == 0) return;
                Array.Fill(expected, i);
                Assert.True(message[0].Span.SequenceEqual(expected), "The message is not what was sent.");
            }
        });
        await Task.WhenAll(sending, receiving).WithinAsync();
        Assert.True(LargeCopy.Helped > before, "Nobody helped in the time of a test.");
    }
}
