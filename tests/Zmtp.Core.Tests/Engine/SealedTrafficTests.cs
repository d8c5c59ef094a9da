using Xunit;
using Zmtp.Engine;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

/// <summary>What is read while a mechanism seals each frame.</summary>
public class SealedTrafficTests : TrafficReaderRig
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Lesson("T9")]
    public void SealedLargeFrames_AnySegmentation_AreTheSameMessages(bool takesBatches)
    {
        var large = Body(3_000_000);
        var medium = Body(40_000);
        byte[] command = [0x09, .. "SUBSCRIBE"u8, .. new byte[50_000]];
        byte[] input =
        [
            .. Sealed(PayloadFlags.None, "A"u8), .. Sealed(PayloadFlags.More, large), .. Sealed(PayloadFlags.Command, command),
            .. Sealed(PayloadFlags.More, medium), .. Sealed(PayloadFlags.None, "B"u8), .. Sealed(PayloadFlags.Command, command),
            .. Sealed(PayloadFlags.None, medium), .. Sealed(PayloadFlags.None, "C"u8),
        ];
        foreach (var step in Steps[2..])
        {
            var owner = new FakeOwner { TakesBatches = takesBatches };
            Assert.Equal(0, Feed(owner, input, step, new SealingMechanism()));
            Assert.Equal(
                ["A", $"{FakeOwner.Describe(large)}|{FakeOwner.Describe(medium)}|B", FakeOwner.Describe(medium), "C"], owner.Messages);
            Assert.Equal(2, owner.Commands.Count);
        }
    }

    [Fact]
    public void SealedLargeFrame_DoesNotOpen_IsHandedToNobody()
    {
        var owner = new FakeOwner();
        byte[] input = Sealed(PayloadFlags.None, Body(100_000));
        input[9] ^= 1;

        var error = Assert.Throws<ZmtpProtocolException>(() => Feed(owner, input, 4096, new SealingMechanism()));

        Assert.Equal(ProtocolError.Cryptographic, error.Error);
        Assert.Empty(owner.Messages);
    }

    [Fact]
    public void SealedLargeFrame_WithMoreOutside_IsRefused()
    {
        byte[] input = Sealed(PayloadFlags.None, Body(100_000));
        input[0] |= 0x01;

        var error = Assert.Throws<ZmtpProtocolException>(() => Feed(new FakeOwner(), input, 4096, new SealingMechanism()));

        Assert.Equal(ProtocolError.MalformedMessage, error.Error);
    }

    /// <summary>Its frame does not say that it is one: the limit for commands holds once it is opened, in a batch, in a message and in a large frame.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(100_000, true)]
    public void SealedCommand_MoreThanTheLimit_IsRefused(int excess, bool takesBatches)
    {
        byte[] body = [0x09, .. "SUBSCRIBE"u8, .. new byte[TrafficReader.MaxCommandLength - 10 + excess]];
        byte[] input = [.. Sealed(PayloadFlags.None, "A"u8), .. Sealed(PayloadFlags.Command, body)];
        var owner = new FakeOwner { TakesBatches = takesBatches };

        var error = Record.Exception(() => Feed(owner, input, input.Length, new SealingMechanism()));

        Assert.Equal(excess == 0 ? null : ProtocolError.FrameTooLarge, (error as ZmtpProtocolException)?.Error);
        Assert.Equal(excess == 0 ? 1 : 0, owner.Commands.Count);
        Assert.Equal(["A"], owner.Messages);
    }

    /// <summary>What sealing adds is not the message's, whichever of its frames it is added to, nor is what a command between them has.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [Spec("ZMTP30-42")]
    public void SealedMessageOfSeveralFrames_HasTheLimitOfOneThatIsNotSealed(int excess, bool takesBatches)
    {
        var first = Body(1000 - MessageBuffer.FrameCost);
        byte[] input =
        [
            .. Sealed(PayloadFlags.More, first), .. Sealed(PayloadFlags.Command, "\u0009SUBSCRIBEweather"u8),
            .. Sealed(PayloadFlags.None, Body(excess)),
        ];
        var owner = new FakeOwner { TakesBatches = takesBatches };

        var error = Record.Exception(() => Feed(owner, input, input.Length, new SealingMechanism(), maxMessageSize: 1000));

        Assert.Equal(excess == 0 ? null : ProtocolError.FrameTooLarge, (error as ZmtpProtocolException)?.Error);
        Assert.Equal(excess == 0 ? [FakeOwner.Describe(first) + "|"] : [], owner.Messages);
        Assert.Equal(["SUBSCRIBEweather"], owner.Commands);
    }

    /// <summary>A frame's header does not say whether a command is sealed in it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SealedCommand_OfMoreThanAMessageMayHave_IsRead(bool takesBatches)
    {
        byte[] small = [0x09, .. "SUBSCRIBE"u8, .. "weather"u8];
        byte[] large = [0x09, .. "SUBSCRIBE"u8, .. new byte[50_000]];
        byte[] input = [.. Sealed(PayloadFlags.Command, small), .. Sealed(PayloadFlags.Command, large), .. Sealed(PayloadFlags.None, "A"u8)];
        foreach (var step in Steps[2..])
        {
            var owner = new FakeOwner { TakesBatches = takesBatches };
            Assert.Equal(0, Feed(owner, input, step, new SealingMechanism(), maxMessageSize: 1));
            Assert.Equal(2, owner.Commands.Count);
            Assert.Equal(["A"], owner.Messages);
        }
    }

    /// <summary>Small or large, at once or in pieces: a connection on which nothing else comes would keep the memory of a message that has not begun.</summary>
    [Theory]
    [InlineData(7, false)]
    [InlineData(7, true)]
    [InlineData(50_000, false)]
    [InlineData(50_000, true)]
    public void SealedCommand_BetweenMessages_BeginsNone(int topic, bool takesBatches)
    {
        byte[] command = [0x09, .. "SUBSCRIBE"u8, .. new byte[topic]];
        byte[] input = [.. Sealed(PayloadFlags.Command, command), .. Sealed(PayloadFlags.None, "A"u8), .. Sealed(PayloadFlags.Command, command)];
        foreach (var step in Steps[2..])
        {
            var owner = new FakeOwner { TakesBatches = takesBatches };
            using var reader = Create(owner, mechanism: new SealingMechanism());
            FeedTo(reader, input, step);
            Assert.False(reader.HasBegun, $"In steps of {step}.");
            Assert.False(owner.IsBegunKept, $"In steps of {step}.");
            Assert.Equal((2, "A"), (owner.Commands.Count, Assert.Single(owner.Messages)));
        }
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(7, true)]
    [InlineData(50_000, false)]
    [InlineData(50_000, true)]
    public void SealedCommand_BetweenTheFramesOfAMessage_KeepsWhatHasBegun(int topic, bool takesBatches)
    {
        byte[] command = [0x09, .. "SUBSCRIBE"u8, .. new byte[topic]];
        byte[] input = [.. Sealed(PayloadFlags.More, ""u8), .. Sealed(PayloadFlags.Command, command)];
        foreach (var step in Steps[2..])
        {
            var owner = new FakeOwner { TakesBatches = takesBatches };
            using var reader = Create(owner, mechanism: new SealingMechanism());
            FeedTo(reader, input, step);
            Assert.True(reader.HasBegun, $"In steps of {step}.");
            Assert.Single(owner.Commands);
            FeedTo(reader, Sealed(PayloadFlags.None, "B"u8), step);
            Assert.Equal("|B", Assert.Single(owner.Messages));
            Assert.False(reader.HasBegun, $"In steps of {step}.");
        }
    }

    [Theory]
    [InlineData(1001, false)]
    [InlineData(1001, true)]
    [InlineData(50_000, false)]
    [InlineData(50_000, true)]
    [InlineData(TrafficReader.MaxCommandLength + 1, false)]
    public void SealedMessage_OfMoreThanTheLimit_IsRefusedAndHandedToNobody(int length, bool takesBatches)
    {
        var input = Sealed(PayloadFlags.None, Body(length));
        foreach (var step in Steps[2..])
        {
            var owner = new FakeOwner { TakesBatches = takesBatches };
            var error = Assert.Throws<ZmtpProtocolException>(
                () => Feed(owner, input, step, new SealingMechanism(), maxMessageSize: 1000));
            Assert.Equal(ProtocolError.FrameTooLarge, error.Error);
            Assert.Contains("Raise MaxMessageSize", error.Message, StringComparison.Ordinal);
            Assert.Empty(owner.Messages);
        }
    }

    /// <summary>Also where the limit is larger than that for commands: what sealing adds is not the message's.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void SealedMessage_OfTheLimitThatIsLargerThanACommands_IsReadAndAboveItRefused(int excess)
    {
        const int Limit = TrafficReader.MaxCommandLength + 1000;
        var body = Body(Limit + excess);
        var input = Sealed(PayloadFlags.None, body);
        foreach (var step in Steps[3..])
        {
            var owner = new FakeOwner();
            var error = Record.Exception(() => Feed(owner, input, step, new SealingMechanism(), maxMessageSize: Limit));
            Assert.Equal(excess == 0 ? null : ProtocolError.FrameTooLarge, (error as ZmtpProtocolException)?.Error);
            Assert.Equal(excess == 0 ? [FakeOwner.Describe(body)] : [], owner.Messages);
        }
    }

    [Fact]
    public void SealedFrame_OfMoreThanACommandMayHaveDeclared_IsRefusedBeforeItsOctets()
    {
        using var mechanism = new SealingMechanism();
        using var reader = Create(new FakeOwner(), maxMessageSize: 1000, mechanism);
        byte[] input = [0x02, .. Length(TrafficReader.MaxCommandLength + mechanism.SealOverhead + 1)];
        var error = Assert.Throws<ZmtpProtocolException>(() => reader.Read(input, out _));
        Assert.Equal(ProtocolError.FrameTooLarge, error.Error);
    }
}
