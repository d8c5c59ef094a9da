using System.Buffers.Binary;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Senders that run far ahead of the connection, and take turns with its loop.</summary>
public class FarAheadTests
{
    private const int Senders = 3;
    private const int EachSends = 20_000;
    private const int Length = 1024;

    [Theory]
    [InlineData("tcp", "NULL")]
    [InlineData("tcp", "CURVE")]
    [InlineData("ipc", "NULL")]
    public async Task PUSH_ManySendersFasterThanTheConnection_EachOnesMessagesArriveInOrder(string transport, string mechanism)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, new SocketOptions { SendTimeout = TestTimeout.Default, ReceiveTimeout = TestTimeout.Default });
        await using var pull = new PullSocket(context, server);
        await using var push = new PushSocket(context, client);
        await Join.ToAsync(pull, push, transport);
        var sending = Enumerable.Range(0, Senders).Select(sender => Blocking.RunAsync(() => SendAll(push, sender))).ToArray();
        var receiving = Blocking.RunAsync(() =>
        {
            var next = new int[Senders];
            for (var left = Senders * EachSends; left > 0; left--)
            {
                using var message = pull.Receive();
                Assert.Equal(Length, message.Span.Length);
                var sender = BinaryPrimitives.ReadInt32LittleEndian(message.Span);
                Assert.Equal(next[sender]++, BinaryPrimitives.ReadInt32LittleEndian(message.Span[sizeof(int)..]));
            }
        });
        await Task.WhenAll([receiving, .. sending]).WithinAsync(60);
    }

    private static void SendAll(PushSocket push, int sender)
    {
        var body = new byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(body, sender);
        for (var i = 0; i < EachSends; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(sizeof(int)), i);
            if (sender == 0) push.SendAsync(body).AsTask().GetAwaiter().GetResult();
            else push.Send(body);
        }
    }
}
