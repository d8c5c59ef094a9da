using Xunit;

namespace Zmtp.Core.Tests.Messages;

/// <summary>The ways to make a message, and to read it: each call here says by compiling that it is not ambiguous.</summary>
public sealed class MessageMakingTests
{
    private static readonly byte[] Octets = [1, 2, 3];

    [Fact]
    public void MESSAGE_AppendOfAnyOctets_IsAFrameOfThem()
    {
        using var received = Message.Of("topic");
        using var message = Message.Create()
            .Append(Octets).Append(Octets.AsMemory()).Append((ReadOnlyMemory<byte>)Octets).Append(Octets.AsSpan()).Append((ReadOnlySpan<byte>)Octets)
            .Append(new ArraySegment<byte>(Octets, 1, 2)).Append([4]).Append("five"u8).Append("six").Append(received[0]).Append([]);

        string[] shown = ["010203", "010203", "010203", "010203", "010203", "0203", "04", "66697665", "736978", "746F706963", ""];
        Assert.Equal(shown, Shown(message));
    }

    [Fact]
    public void MESSAGE_OfTextAndOctets_HasBothFrames()
    {
        using var topic = Message.Of("topic", Octets);
        using var memory = Message.Of("topic", Octets.AsMemory());
        using var texts = Message.Of("topic", "text");
        using var binary = Message.Of(Octets, Octets);

        Assert.Equal(["746F706963", "010203"], Shown(topic));
        Assert.Equal(["746F706963", "010203"], Shown(memory));
        Assert.Equal(["746F706963", "74657874"], Shown(texts));
        Assert.Equal(["010203", "010203"], Shown(binary));
    }

    [Fact]
    public void MESSAGE_OfOctetsAndText_HasBothFrames()
    {
        var received = Message.Of("routing id", "a question");
        using var answer = Message.Of(received[0], "an answer");
        using var envelope = Message.Of(Octets, "").Append("an answer");
        received.Dispose();

        Assert.Equal((2, "routing id", "an answer"), (answer.FrameCount, answer.AsString(), answer.AsString(1)));
        Assert.Equal((3, "", "an answer"), (envelope.FrameCount, envelope.AsString(1), envelope.AsString(2)));
        Assert.Equal(Octets, envelope.ToArray());
        Assert.Throws<ArgumentNullException>(() => Message.Of(Octets, second: null!));
    }

    [Fact]
    public void MESSAGE_AppendOfAnother_CopiesItsFrames()
    {
        var large = new byte[100_000];
        large[^1] = 7;
        var other = Message.Of("id", "", "body").Append(large);
        using var copy = Message.Create().Append(other);
        using var reply = Message.Of("to").Append(other, 2).Append(other, 4);
        other.Dispose();

        Assert.Equal(["id", "", "body"], Enumerable.Range(0, 3).Select(frame => copy.AsString(frame)));
        Assert.Equal(large, copy.ToArray(3));
        Assert.Equal((3, "body"), (reply.FrameCount, reply.AsString(1)));
    }

    [Fact]
    public void MESSAGE_AppendOfItself_DoublesIt()
    {
        using var message = Message.Create();
        for (var i = 0; i < 100; i++) message.Append($"{i}");

        message.Append(message).Append(message, 199);

        Assert.Equal(201, message.FrameCount);
        Assert.Equal(("0", "99", "99"), (message.AsString(100), message.AsString(199), message.AsString(200)));
    }

    [Theory]
    [InlineData(0, "has 0 frames.")]
    [InlineData(1, "has 1 frame.")]
    [InlineData(2, "has 2 frames.")]
    public void MESSAGE_FrameThatIsNotThere_SaysHowManyThereAre(int count, string expected)
    {
        using var message = Message.Create();
        for (var i = 0; i < count; i++) message.Append("x");
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => message.AsString(count));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MESSAGE_AppendOfAnotherThatCannotBe_IsRefused()
    {
        using var message = Message.Of("one");
        var gone = Message.Of("two");
        gone.Dispose();

        Assert.Throws<ArgumentOutOfRangeException>(() => message.Append(message, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => message.Append(message, 2));
        Assert.Throws<ObjectDisposedException>(() => message.Append(gone));
        Assert.Throws<ObjectDisposedException>(() => gone.Append(message));
        Assert.Throws<ObjectDisposedException>(() => default(Message).Append("x"));
        Assert.Equal(1, message.FrameCount);
    }

    [Fact]
    public void MESSAGE_Foreach_GivesEachFrame()
    {
        using var message = Message.Of("a", "", "c");
        using var empty = Message.Create();
        var seen = new List<int>();
        foreach (var frame in message) seen.Add(frame.Length);
        foreach (var frame in empty) seen.Add(frame.Length);
        foreach (var frame in default(Message)) seen.Add(frame.Length);

        Assert.Equal([1, 0, 1], seen);
        ReadOnlyMemory<byte>[] frames = [.. message];
        Assert.Equal(3, frames.Length);
    }

    [Fact]
    public void MESSAGE_DisposedWithinForeach_IsRecognised()
    {
        var message = Message.Of("a", "b");

        Assert.Throws<ObjectDisposedException>(() =>
        {
            foreach (var frame in message) message.Dispose();
        });
    }

    [Fact]
    public void MESSAGE_TextThatIsNull_IsRefusedByName()
    {
        using var message = Message.Create();

        Assert.Equal("frame", Assert.Throws<ArgumentNullException>(() => message.Append((string)null!)).ParamName);
        Assert.Equal("frames", Assert.Throws<ArgumentNullException>(() => Message.Of("a", null!, "b")).ParamName);
        Assert.Equal("first", Assert.Throws<ArgumentNullException>(() => Message.Of((string)null!, Octets)).ParamName);
        Assert.Equal(0, message.FrameCount);
    }

    [Fact]
    public void MESSAGE_OctetsThatAreNoText_AreReplaced()
    {
        using var message = Message.Create().Append([(byte)'a', 0xFF, (byte)'b']);

        Assert.Equal("a\uFFFDb", message.AsString());
    }

    private static string[] Shown(Message message)
    {
        List<string> shown = [];
        foreach (var frame in message) shown.Add(Convert.ToHexString(frame.Span));
        return [.. shown];
    }
}
