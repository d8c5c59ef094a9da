using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Framing;

/// <summary>What somebody on the way sees of each mechanism, keys or no keys.</summary>
public sealed class MechanismFramingTests
{
    private const string Secret = "the secret that nobody may read";

    [Theory]
    [InlineData("NULL", "READY", "READY")]
    [InlineData("PLAIN", "HELLO,INITIATE", "WELCOME,READY")]
    [Spec("ZMTP30-94", "ZMTP30-95", "ZMTP30-97")]
    public async Task CLEARTEXT_Messages_TravelInMessageFramesOfTheSameOctets(string mechanism, string client, string server)
    {
        var (sent, received) = await CaptureAsync(mechanism);

        Assert.Equal(client, string.Join(",", sent.CommandNames));
        Assert.Equal(server, string.Join(",", received.CommandNames));
        var messages = sent.Frames.SkipWhile(frame => frame.IsCommand).ToArray();
        Assert.Equal([0x00, 0x01, 0x00, 0x02], messages.Select(frame => frame.Flags));
        Assert.Equal(["", "A", Secret, new string('x', 256)], messages.Select(frame => frame.Text));
    }

    [Fact]
    [Spec("ZMTP30-29", "ZMTP30-35", "ZMTP30-96", "ZMTP30-97")]
    public async Task CURVE_Messages_TravelInMessageCommandsWhoseFramesCanBeReadWithoutKeys()
    {
        var (sent, received) = await CaptureAsync("CURVE");

        Assert.Equal(["HELLO", "INITIATE", "MESSAGE", "MESSAGE", "MESSAGE", "MESSAGE"], sent.Frames.Select(frame => frame.CommandName));
        Assert.Equal(["WELCOME", "READY"], received.Frames.Select(frame => frame.CommandName));
        // Short or long, and without COMMAND on MESSAGE (D-19): libzmq drops the data of one that has it.
        Assert.Equal([0x04, 0x06, 0x00, 0x00, 0x00, 0x02], sent.Frames.Select(frame => frame.Flags));
        Assert.Equal([0x04, 0x04], received.Frames.Select(frame => frame.Flags));
        Assert.All(sent.Frames.Skip(2), frame => Assert.Equal(Octets.Hex("07 4D 45 53 53 41 47 45"), frame.Body[..8]));
        // name (8), short nonce (8), box (16), inner flags (1)
        Assert.Equal([33, 33 + 1, 33 + Secret.Length, 33 + 256], sent.Frames.Skip(2).Select(frame => frame.Body.Length));
        Assert.All(sent.Frames, frame => Assert.Equal(-1, frame.Body.AsSpan().IndexOf(Octets.Text(Secret))));
    }

    /// <summary>PUSH connects to PULL and sends three messages: an empty one, one of two frames, one of 256 octets.</summary>
    private static async Task<(Capture Sent, Capture Received)> CaptureAsync(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context =>
        {
            context.Use(FixedVerdict.Success);
            return new PullSocket(context, Sut.Quick with { Security = TestSecurity.Server(mechanism) });
        });
        await using var relay = Relay.To(sut.Endpoint);
        await using var push = new PushSocket(sut.Context, Sut.Quick with { Security = TestSecurity.Client(mechanism) });
        push.Connect(relay.Endpoint);
        await push.SendAsync("").AsTask().WithinAsync();
        await push.SendAsync(Message.Of("A", Secret)).AsTask().WithinAsync();
        await push.SendAsync(new string('x', 256)).AsTask().WithinAsync();

        Assert.Equal("", await sut.Socket.NextAsync());
        Assert.Equal("A," + Secret, await sut.Socket.NextAsync());
        Assert.Equal(new string('x', 256), await sut.Socket.NextAsync());
        return (new Capture(relay.SentByClient()), new Capture(relay.SentByServer()));
    }
}
