using System.Text;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Subscriptions;

/// <summary>The longest topic: a publisher ends the connection over a longer one, and with it all other subscriptions.</summary>
public class TopicLengthTests
{
    /// <summary>A command has at most 64 KiB, of which its name takes ten octets.</summary>
    private const int Longest = (64 * 1024) - 10;

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task SUB_TopicTooLongForACommand_IsRefusedAndTheOthersStay(string transport)
    {
        await using var context = Join.NewContext();
        await using var pub = new PubSocket(context, Sut.Quick);
        await using var sub = new SubSocket(context, Sut.Quick);
        var events = new EventLog(sub);
        await Join.ToAsync(pub, sub, transport);
        sub.Subscribe("A");

        var error = Assert.Throws<ArgumentException>(() => sub.Subscribe(new byte[Longest + 1]));
        Assert.Contains($"{Longest}", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => sub.Subscribe(new string('ä', (Longest / 2) + 1)));
        sub.Unsubscribe(new byte[Longest + 1]);

        await ExpectPublishedAsync(pub, sub, "A"u8.ToArray());
        Assert.DoesNotContain(events.Rest(), static happened => happened.Kind == SocketEventKind.Disconnected);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task SUB_LongestTopic_IsPublishedTo(string transport)
    {
        await using var context = Join.NewContext();
        await using var pub = new PubSocket(context, Sut.Quick);
        await using var sub = new SubSocket(context, Sut.Quick);
        await Join.ToAsync(pub, sub, transport);
        var topic = Encoding.UTF8.GetBytes(new string('t', Longest));

        sub.Subscribe(topic);

        await ExpectPublishedAsync(pub, sub, topic);
    }

    private static async Task ExpectPublishedAsync(PubSocket pub, SubSocket sub, byte[] topic)
    {
        var receiving = sub.NextFramesAsync();
        while (!receiving.IsCompleted)
        {
            await pub.SendAsync(topic, TestTimeout.Token);
            await Task.WhenAny(receiving, Task.Delay(20));
        }

        Assert.Equal(topic, Assert.Single(await receiving));
    }
}
