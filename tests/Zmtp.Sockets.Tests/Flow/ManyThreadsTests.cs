using System.Collections.Concurrent;
using System.Security.Cryptography;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

public class ManyThreadsTests
{
    private const int Senders = 6;
    private const int Receivers = 4;
    private const int EachSends = 4000;

    [Theory]
    [InlineData("tcp", "NULL")]
    [InlineData("tcp", "CURVE")]
    [InlineData("ipc", "NULL")]
    [InlineData("inproc", "NULL")]
    public async Task OneSocket_ManySendersAndReceivers_EachMessageArrivesOnceAndIntact(string transport, string mechanism)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, new SocketOptions { SendHighWaterMark = 100, ReceiveHighWaterMark = 100 });
        await using var pull = new PullSocket(context, server);
        await using var push = new PushSocket(context, client);
        await Join.ToAsync(pull, push, transport);
        var seen = new ConcurrentDictionary<(int, int), bool>();
        var left = Senders * EachSends;

        var sending = Enumerable.Range(0, Senders).Select(sender => Blocking.RunAsync(() => SendAll(push, sender))).ToArray();
        using var done = new CancellationTokenSource(TestTimeout.Default * 2);
        var receiving = Enumerable.Range(0, Receivers).Select(receiver => Task.Run(async () =>
        {
            try
            {
                while (!done.IsCancellationRequested)
                {
                    using var message = receiver % 2 == 0 ? await pull.ReceiveAsync(done.Token) : await Poll(pull, done.Token);
                    Assert.True(seen.TryAdd(Check(message), true), "A message came twice.");
                    if (Interlocked.Decrement(ref left) == 0) await done.CancelAsync();
                }
            }
            catch (OperationCanceledException)
            {
                // All is here, or the time is over; the count tells.
            }
        })).ToArray();

        await Task.WhenAll(sending).WithinAsync(60);
        await Task.WhenAll(receiving).WithinAsync(60);
        Assert.Equal(Senders * EachSends, seen.Count);
    }

    private static async Task<Message> Poll(PullSocket pull, CancellationToken token)
    {
        Message message;
        while (!pull.TryReceive(TimeSpan.FromMilliseconds(5), out message))
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        return message;
    }

    private static void SendAll(PushSocket push, int sender)
    {
        for (var i = 0; i < EachSends; i++)
        {
            // Sizes on both sides of what a message buffer holds itself.
            var body = new byte[i % 7 == 0 ? 5000 : 20 + i % 300];
            RandomNumberGenerator.Fill(body);
            var message = Message.Create().Append(BitConverter.GetBytes(sender)).Append(BitConverter.GetBytes(i)).Append(body).Append(SHA256.HashData(body));
            if (i % 3 == 0) push.SendAsync(message).AsTask().GetAwaiter().GetResult();
            else push.Send(message);
        }
    }

    private static (int Sender, int Number) Check(Message message)
    {
        Assert.Equal(4, message.FrameCount);
        Assert.True(SHA256.HashData(message[2].Span).AsSpan().SequenceEqual(message[3].Span), "The content was changed.");
        return (BitConverter.ToInt32(message[0].Span), BitConverter.ToInt32(message[1].Span));
    }
}
