using System.Buffers;
using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Mechanisms.Tests;

/// <summary>What the driver may rely on, whatever the mechanism and the end.</summary>
public abstract class MechanismContract
{
    protected abstract string Name { get; }

    protected abstract bool IsServer { get; }

    protected virtual bool HasRoles => true;

    protected virtual bool IsSealing => false;

    /// <summary>The security of the end under test.</summary>
    protected abstract ZmtpSecurity Security();

    /// <summary>The security of the other end.</summary>
    protected abstract ZmtpSecurity PeerSecurity();

    /// <summary>Whether the end under test is the one that connects.</summary>
    protected abstract bool IsConnecting { get; }

    [Fact]
    [Spec("PLAIN-02", "CURVE-01")]
    public void MECHANISM_NameAndRole_ComeFromTheConfiguration()
    {
        var security = Security();

        Assert.Equal(Name, security.MechanismName);
        Assert.Equal(IsServer, security.IsServer);
        Assert.Equal(HasRoles, security.HasRoles);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("PLAIN-02", "CURVE-01", "ZMTP30-62")]
    public void MECHANISM_EitherEndConnects_HandshakeCompletes(bool connects)
    {
        using var pair = Pair(connects).RunToReady();

        foreach (var (end, peerType) in new[] { (pair.Connecting, "ROUTER"), (pair.Bound, "DEALER") })
        {
            Assert.Equal(peerType, end.PeerMetadata.GetText(ZmtpMetadata.SocketType));
            Assert.Null(end.Failure);
            Assert.Equal(IsSealing, end.IsSealing);
        }
    }

    [Fact]
    public void MECHANISM_NothingToSay_WritesNothing()
    {
        AtEveryStep(end =>
        {
            if (end.Status == MechanismStatus.Sending) return;
            var output = new ArrayBufferWriter<byte>();
            Assert.Throws<InvalidOperationException>(() => end.WriteCommand(output));
            Assert.Equal(0, output.WrittenCount);
        });
    }

    [Fact]
    [Spec("ZMTP30-52", "CURVE-48")]
    public void MECHANISM_NotReceiving_TakesNoCommand()
    {
        AtEveryStep(end =>
        {
            if (end.Status == MechanismStatus.Receiving) return;
            Assert.Throws<InvalidOperationException>(() => end.ReadCommand("\u0005READY"u8));
        });
    }

    [Fact]
    public void MECHANISM_NobodyWasAsked_TakesNoVerdict()
    {
        AtEveryStep(end =>
        {
            if (end.Status == MechanismStatus.Authenticating) return;
            Assert.Throws<InvalidOperationException>(() => end.Authenticate(AuthenticationResult.Success()));
            Assert.Throws<InvalidOperationException>(() => end.AuthenticationRequest);
        });
    }

    [Fact]
    [Spec("CURVE-58")]
    public void MECHANISM_NotReady_NeitherSealsNorOpens()
    {
        AtEveryStep(end =>
        {
            if (end.Status == MechanismStatus.Ready && end.IsSealing) return;
            Assert.Throws<InvalidOperationException>(() => end.Seal(PayloadFlags.None, []));
            Assert.Throws<InvalidOperationException>(() => end.Open(new byte[64], new byte[64]));
            Assert.Throws<InvalidOperationException>(() => end.OpenInPlace(new byte[64]));
        });
    }

    [Fact]
    [Spec("ZMTP30-50", "PLAIN-14", "PLAIN-15", "CURVE-16", "CURVE-29", "CURVE-39", "CURVE-47")]
    public void MECHANISM_CommandCutOffAtAnyOctet_IsNotAccepted()
    {
        foreach (var (index, body) in ReceivedCommands())
        {
            for (var length = 0; length < body.Length; length++)
            {
                if (IsLegalPrefix(body, length)) continue;
                using var pair = RunUntilCommand(index);
                Expect.NotAccepted(End(pair), body[..length], $"command {index} cut off after {length} of {body.Length} octets");
            }
        }
    }

    [Fact]
    [Spec("ZMTP30-60", "PLAIN-07", "PLAIN-14", "CURVE-09", "CURVE-23", "CURVE-39", "CURVE-47")]
    public void MECHANISM_CommandWithAnOctetMore_IsNotAccepted()
    {
        foreach (var (index, body) in ReceivedCommands())
        {
            using var pair = RunUntilCommand(index);
            Expect.NotAccepted(End(pair), [.. body, 0], $"command {index} with one octet more");
        }
    }

    [Fact]
    [Spec("ZMTP30-28", "ZMTP30-51", "CURVE-02", "ZMTP31-43")]
    public void MECHANISM_AnotherCommand_IsUnexpected()
    {
        foreach (var (index, body) in ReceivedCommands())
        {
            foreach (var name in (string[])["HELLO", "WELCOME", "INITIATE", "READY", "MESSAGE", "PING", "PONG", "SUBSCRIBE", "FOO", "ready"])
            {
                if (body.AsSpan(1, body[0]).SequenceEqual(System.Text.Encoding.ASCII.GetBytes(name))) continue;
                using var pair = RunUntilCommand(index);
                byte[] other = [(byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name), .. new byte[200]];
                Expect.Refusal(ProtocolError.UnexpectedCommand, () => End(pair).ReadCommand(other));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("41")]
    [InlineData("0252")]
    [InlineData("FF4142")]
    [Spec("ZMTP30-28", "ZMTP30-51")]
    public void MECHANISM_NotACommand_IsMalformed(string hex)
    {
        foreach (var (index, _) in ReceivedCommands())
        {
            using var pair = RunUntilCommand(index);
            Expect.Refusal(ProtocolError.MalformedCommand, () => End(pair).ReadCommand(Hex.Of(hex)));
        }
    }

    [Fact]
    public void MECHANISM_RandomOctets_NeverReachReadyNorThrowAnythingElse()
    {
        var random = new Random(26);
        foreach (var (index, body) in ReceivedCommands())
        {
            for (var i = 0; i < 300; i++)
            {
                using var pair = RunUntilCommand(index);
                var noise = new byte[random.Next(400)];
                random.NextBytes(noise);
                if (i % 2 == 0) body.AsSpan(0, Math.Min(noise.Length, 1 + body[0])).CopyTo(noise);
                var error = Record.Exception(() => End(pair).ReadCommand(noise));
                Assert.True(error is null or ZmtpProtocolException, $"{error} on {Convert.ToHexString(noise)}");
                Assert.NotEqual(MechanismStatus.Ready, End(pair).Status);
            }
        }
    }

    [Fact]
    [Spec("ZMTP30-67")]
    public void MECHANISM_SocketTypesDoNotFit_HandshakeFails()
    {
        using var pair = new MechanismPair(
            IsConnecting ? Security() : PeerSecurity(),
            IsConnecting ? PeerSecurity() : Security(),
            HandshakeContexts.Create(SocketType.Req, isConnecting: true),
            HandshakeContexts.Create(SocketType.Pub, isConnecting: false));

        var error = Record.Exception(() => pair.Run());

        Assert.NotEqual(MechanismStatus.Ready, pair.Connecting.Status);
        Assert.NotEqual(MechanismStatus.Ready, pair.Bound.Status);
        var server = pair.Bound.Failure is null ? pair.Connecting : pair.Bound;
        var mismatch = Assert.IsType<ZmtpProtocolException>(error ?? server.Failure);
        Assert.Equal(ProtocolError.IncompatibleSocketType, mismatch.Error);
        Assert.False(mismatch.MayRetry);
    }

    [Fact]
    public void MECHANISM_Dispose_MayBeCalledTwiceAtAnyStep()
    {
        AtEveryStep(end => end.Dispose());
    }

    /// <summary>The commands that the end under test reads, and their place in the conversation.</summary>
    protected IReadOnlyList<(int Index, byte[] Body)> ReceivedCommands()
    {
        using var pair = Pair(IsConnecting).RunToReady();
        return [.. pair.Commands.Select((c, i) => (c.FromConnecting, i, c.Body)).Where(c => c.FromConnecting != IsConnecting).Select(c => (c.i, c.Body))];
    }

    /// <summary>A pair in which the end under test waits for the command with this index.</summary>
    protected MechanismPair RunUntilCommand(int index)
    {
        var pair = Pair(IsConnecting, index);
        return pair.Run();
    }

    protected Mechanism End(MechanismPair pair) => IsConnecting ? pair.Connecting : pair.Bound;

    /// <summary>A property list may end after Socket-Type: what is lost then is the Identity, which is optional.</summary>
    private bool IsLegalPrefix(byte[] body, int length)
    {
        if (IsSealing) return false;
        var socketType = body.AsSpan().IndexOf("Socket-Type"u8);
        if (socketType < 0) return false;
        var valueLength = body[socketType + "Socket-Type".Length + 3];
        return length == socketType + "Socket-Type".Length + 4 + valueLength;
    }

    private MechanismPair Pair(bool connects, int holdAt = int.MaxValue) =>
        new(connects ? Security() : PeerSecurity(), connects ? PeerSecurity() : Security()) { HoldAt = holdAt };

    private void AtEveryStep(Action<Mechanism> check)
    {
        for (var steps = 0; ; steps++)
        {
            using var pair = Pair(IsConnecting);
            var done = false;
            for (var i = 0; i < steps && !done; i++) done = !pair.StepOnce();
            if (done) return;
            check(End(pair));
        }
    }
}
