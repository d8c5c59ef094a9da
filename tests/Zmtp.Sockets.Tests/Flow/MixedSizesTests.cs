using System.Buffers.Binary;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Messages of all sizes, behind each other: each way that octets take through the reader, and each change from one to the next.</summary>
public class MixedSizesTests
{
    private const int Count = 2_000;

    private static readonly int[] Lengths =
        [16, 0, 100, 255, 256, 257, 4_000, 4_096, 8_192, 31_000, 32_768, 40_000, 65_527, 65_536, 131_072, 200_000, 1, 1_048_576, 17, 3_000_000];

    [Theory]
    [InlineData("tcp", "NULL", false)]
    [InlineData("tcp", "NULL", true)]
    [InlineData("tcp", "CURVE", false)]
    [InlineData("ipc", "NULL", false)]
    [InlineData("ipc", "CURVE", true)]
    [InlineData("inproc", "NULL", false)]
    public async Task PULL_MessagesOfAllSizesInTurn_ArriveInOrderAndIntact(string transport, string mechanism, bool isAsync)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, SocketOptions.Default with
        {
            ReceiveHighWaterMark = 100, SendHighWaterMark = 100, SendTimeout = TestTimeout.Default, ReceiveTimeout = TestTimeout.Default,
        });
        var until = TestTimeout.After(TestTimeout.Default * 3);
        await using var pull = new PullSocket(context, server);
        await using var push = new PushSocket(context, client);
        await Join.ToAsync(pull, push, transport);
        var sending = Task.Run(async () =>
        {
            var random = new Random(1);
            for (var i = 0; i < Count; i++)
            {
                using var message = Message.Create();
                for (var frames = 1 + (i % 3); frames > 0; frames--) message.Append(Content(i, Pick(random, i)));
                if (isAsync) await push.SendAsync(message, until);
                else push.Send(message);
            }
        });
        var receiving = Task.Run(async () =>
        {
            var random = new Random(1);
            for (var i = 0; i < Count; i++)
            {
                using var message = isAsync ? await pull.ReceiveAsync(until) : pull.Receive();
                Assert.Equal(1 + (i % 3), message.FrameCount);
                for (var frame = 0; frame < message.FrameCount; frame++)
                {
                    Assert.True(message[frame].Span.SequenceEqual(Content(i, Pick(random, i))), $"frame {frame} of message {i}");
                }
            }
        });
        await Task.WhenAll(sending, receiving).WithinAsync(60);
    }

    [Fact]
    public async Task PULL_MessagesKeptWhileOthersFollow_StayAsTheyWere()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push);
        var random = new Random(2);
        var lengths = Enumerable.Range(0, Count).Select(i => Lengths[random.Next(14)]).ToArray();
        var sending = Task.Run(() => Array.ForEach([.. Enumerable.Range(0, Count)], i => push.Send(Content(i, lengths[i]))));
        var kept = new List<(int Number, Message Message)>();
        for (var i = 0; i < Count; i++)
        {
            kept.Add((i, await pull.ReceiveAsync(TestTimeout.Token)));
            if (kept.Count < 50) continue;
            var (number, message) = kept[random.Next(kept.Count)];
            Assert.True(message.Span.SequenceEqual(Content(number, lengths[number])), $"message {number}");
            kept.Remove((number, message));
            message.Dispose();
        }

        await sending.WithinAsync();
        foreach (var (number, message) in kept) Assert.True(message.Span.SequenceEqual(Content(number, lengths[number])), $"message {number}");
    }

    // Large ones seldom, so that the run stays short.
    private static int Pick(Random random, int number) => number % 40 == 39 ? Lengths[random.Next(Lengths.Length)] : Lengths[random.Next(14)];

    private static byte[] Content(int number, int length)
    {
        var content = new byte[length];
        for (var i = 0; i + sizeof(int) <= length; i += sizeof(int)) BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(i), unchecked((number * 7919) + i));
        return content;
    }
}
