using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Sockets;
using Zmtp.Testing;

namespace Zmtp.Interop.Tests.Support;

/// <summary>What several tests say to a peer.</summary>
internal static class Conversation
{
    /// <summary>
    /// Publishes until the subscriber hears it, and takes all of it there: then what was subscribed to and cancelled before this topic is
    /// known to our end too.
    /// </summary>
    public static async Task HeardAsync(this PubSocket pub, LibZmqSocket sub, string topic)
    {
        var late = TestTimeout.Token;
        int last = 0;
        do
        {
            late.ThrowIfCancellationRequested();
            await pub.SendAsync($"{topic}{++last}", late);
        }
        while (!await sub.HasMessageWithinAsync(TimeSpan.FromMilliseconds(10)));

        string[] text;
        do
        {
            text = await sub.ReceiveTextAsync();
            Assert.StartsWith(topic, text[0], StringComparison.Ordinal);
        }
        while (text[0] != $"{topic}{last}");
    }

    /// <summary>
    /// Waits for something else, and at libzmq's socket meanwhile: a SUB that is bound or has come back tells a publisher its subscriptions when
    /// somebody waits at it.
    /// </summary>
    public static async Task<T> WhileWatchedAsync<T>(this LibZmqSocket socket, Task<T> task)
    {
        while (!task.IsCompleted) await socket.HasMessageWithinAsync(TimeSpan.FromMilliseconds(10));
        return await task;
    }

    /// <summary>The first frame of the next message, as text.</summary>
    public static async Task<string> TextAsync(this IReceivingSocket socket)
    {
        using var message = await socket.ReceiveAsync(TestTimeout.Token);
        return message.AsString();
    }
}
