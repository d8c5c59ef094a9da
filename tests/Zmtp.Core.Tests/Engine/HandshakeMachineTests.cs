using System.Buffers;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class HandshakeMachineTests
{
    private const string NullGreeting =
        "FF 00 00 00 00 00 00 00 00 7F 03 01 4E 55 4C 4C 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 " +
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";

    private const string PullReady = "04 1A 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 4C 4C";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Null_AnySegmentation_EndsReadyAndLeavesTheTrafficUnread(int step)
    {
        using var machine = Create();
        var output = new ArrayBufferWriter<byte>();
        machine.Start(output);
        Assert.Equal(Hex.Octets(NullGreeting), output.WrittenSpan.ToArray());
        byte[] input = [.. Hex.Octets(NullGreeting), .. Hex.Octets(PullReady), .. Hex.Octets("00 01 41")];

        var unread = 0;
        for (var seen = step; machine.State != HandshakeState.Ready; seen += step)
        {
            Assert.True(unread < input.Length, "The handshake does not end.");
            unread += machine.Receive(input.AsSpan(unread..Math.Min(seen, input.Length)), output);
        }

        Assert.Equal(Hex.Octets("00 01 41"), input[unread..]);
        Assert.Equal(1, machine.MinorVersion);
        Assert.Equal(
            Hex.Octets("04 1A 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 53 48"),
            output.WrittenSpan[64..].ToArray());
    }

    /// <summary>A HELLO of PLAIN is a password: it must not stay where it was put together, which is kept as long as the handshake takes.</summary>
    [Fact]
    public void CommandThatIsOnItsWay_IsNoLongerWhereItWasPutTogether()
    {
        var security = new TellingSecurity();
        using var machine = new HandshakeMachine(
            new ConnectionOptions
            {
                SocketType = SocketType.Push,
                Security = security,
                LocalMetadata = HandshakeContexts.Metadata(SocketType.Push),
            },
            isConnecting: true,
            "127.0.0.1");
        var output = new ArrayBufferWriter<byte>();

        machine.Receive(Hex.Octets(NullGreeting), output);

        Assert.True(output.WrittenSpan.EndsWith(TellingSecurity.Command));
        Assert.True(security.Place.Span.IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void MessageFrameBeforeReady_IsRefused()
    {
        using var machine = Create();
        var error = Assert.Throws<ZmtpProtocolException>(
            () => machine.Receive([.. Hex.Octets(NullGreeting), .. Hex.Octets("00 01 41")], new ArrayBufferWriter<byte>()));
        Assert.Equal(ProtocolError.UnexpectedCommand, error.Error);
    }

    [Fact]
    [Lesson("T7")]
    public void HugeCommandDeclared_IsRefusedBeforeItsBody()
    {
        using var machine = Create();
        var error = Assert.Throws<ZmtpProtocolException>(
            () => machine.Receive([.. Hex.Octets(NullGreeting), .. Hex.Octets("06 00 00 00 00 00 01 00 01")], new ArrayBufferWriter<byte>()));
        Assert.Equal(ProtocolError.FrameTooLarge, error.Error);
    }

    [Fact]
    public void LargestCommandDeclared_IsWaitedFor()
    {
        using var machine = Create();
        byte[] input = [.. Hex.Octets(NullGreeting), .. Hex.Octets("06 00 00 00 00 00 01 00 00")];
        Assert.Equal(64, machine.Receive(input, new ArrayBufferWriter<byte>()));
        Assert.Equal(HandshakeState.Handshaking, machine.State);
    }

    [Fact]
    public void OtherMechanism_IsRefusedForGood()
    {
        using var machine = Create();
        var greeting = Hex.Octets(NullGreeting);
        "PLAIN"u8.CopyTo(greeting.AsSpan(12));
        var error = Assert.Throws<ZmtpProtocolException>(() => machine.Receive(greeting, new ArrayBufferWriter<byte>()));
        Assert.Equal(ProtocolError.MechanismMismatch, error.Error);
        Assert.False(error.MayRetry);
    }

    private static HandshakeMachine Create() => new(
        new ConnectionOptions
        {
            SocketType = SocketType.Push,
            Security = NullSecurity.Instance,
            LocalMetadata = Hex.Octets("0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 53 48"),
        },
        isConnecting: true,
        peerAddress: "127.0.0.1");

    /// <summary>Sends one command, and keeps the memory in which it was put together.</summary>
    private sealed class TellingSecurity : ZmtpSecurity
    {
        public static ReadOnlySpan<byte> Command => "\x05HELLOmy password"u8;

        public Memory<byte> Place { get; private set; }

        public override string MechanismName => "NULL";

        public override bool IsServer => false;

        public override Mechanism CreateMechanism(HandshakeContext context) => new Telling(this);

        private sealed class Telling(TellingSecurity security) : Mechanism
        {
            private bool _hasTold;

            public override MechanismStatus Status => _hasTold ? MechanismStatus.Receiving : MechanismStatus.Sending;

            public override ZmtpException? Failure => null;

            public override ZmtpMetadata PeerMetadata => ZmtpMetadata.Empty;

            public override void WriteCommand(IBufferWriter<byte> output)
            {
                security.Place = output.GetMemory(Command.Length)[..Command.Length];
                Command.CopyTo(security.Place.Span);
                output.Advance(Command.Length);
                _hasTold = true;
            }

            public override void ReadCommand(ReadOnlySpan<byte> body) => throw new NotSupportedException();
        }
    }
}
