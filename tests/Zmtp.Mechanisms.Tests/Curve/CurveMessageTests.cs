using Xunit;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Steady;

namespace Zmtp.Mechanisms.Tests;

public sealed class CurveMessageTests
{
    [Fact]
    [Spec("CURVE-60", "CURVE-61", "CURVE-63", "CURVE-69", "ZMTP30-96")]
    public void MESSAGE_OfEveryLength_OpensAtTheOtherEnd()
    {
        var (server, client) = CurveRig.ReadyServer();
        for (var length = 0; length <= 300; length++)
        {
            var data = Hex.CountUp((byte)(length % 256), 256).Concat(Hex.CountUp(7, 256)).Take(length).ToArray();
            var flags = (PayloadFlags)(length % 2);

            var body = server.Seal(flags, data);
            Assert.Equal(33 + length, body.Length);
            Assert.Equal("\u0007MESSAGE"u8.ToArray(), body[..8]);
            var (openedFlags, opened) = client.OpenMessage(body);
            Assert.Equal((byte)flags, openedFlags);
            Assert.Equal(data, opened);

            var received = server.Open(client.Message((byte)flags, data));
            Assert.Equal(flags, received.Flags);
            Assert.Equal(data, received.Data);
        }
    }

    [Fact]
    [Spec("CURVE-69")]
    public void MESSAGE_OpenedInPlace_LeavesTheDataWhereItEnds()
    {
        var (server, client) = CurveRig.ReadyServer();
        foreach (var length in (int[])[0, 1, 100, 40_000])
        {
            var data = Enumerable.Range(0, length).Select(i => unchecked((byte)(i * 7))).ToArray();
            var body = client.Message((byte)PayloadFlags.More, data);

            Assert.Equal(PayloadFlags.More, server.OpenInPlace(body));
            Assert.Equal(data, body[server.SealOverhead..]);
        }
    }

    [Fact]
    [Spec("CURVE-51", "CURVE-57")]
    public void MESSAGE_OpenedInPlaceForgedRepeatedOrShort_ClosesAndStaysAsItCame()
    {
        var (server, client) = CurveRig.ReadyServer();
        var forged = client.Message(0, new byte[40_000]);
        forged[^1] ^= 1;
        var asItCame = forged.ToArray();
        Expect.Refusal(ProtocolError.Cryptographic, () => server.OpenInPlace(forged));
        Assert.Equal(asItCame, forged);

        var message = client.Message(0, new byte[10]);
        var again = message.ToArray();
        server.OpenInPlace(message);
        Expect.Refusal(ProtocolError.InvalidSequence, () => server.OpenInPlace(again));
        Expect.Refusal(ProtocolError.MalformedMessage, () => server.OpenInPlace(client.Message(0, []).AsSpan(0, 32)));
    }

    [Fact]
    [Spec("CURVE-52")]
    public void MESSAGE_ServerShortNonces_CountUpByOneFromReady()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate();
        server.ReadCommand(client.Initiate(CurveRig.DealerMetadata));
        client.OpenReady(server.Write());
        Assert.Equal(1UL, client.LastServerNonce);
        for (var nonce = 2UL; nonce < 9; nonce++)
        {
            client.OpenMessage(server.Seal(PayloadFlags.None, "x"u8));
            Assert.Equal(nonce, client.LastServerNonce);
        }
    }

    [Fact]
    [Spec("CURVE-51", "CURVE-54")]
    [Lesson("T2")]
    public void MESSAGE_RepeatedOrOlder_Closes()
    {
        var (server, client) = CurveRig.ReadyServer();
        var older = client.Message(0, "a"u8.ToArray());
        var newer = client.Message(0, "b"u8.ToArray());
        server.Open(newer);
        Expect.Refusal(ProtocolError.InvalidSequence, () => server.Open(newer));
        Expect.Refusal(ProtocolError.InvalidSequence, () => server.Open(older));

        var (other, script) = CurveRig.ReadyClient();
        var message = script.Message(0, "a"u8.ToArray());
        other.Open(message);
        Expect.Refusal(ProtocolError.InvalidSequence, () => other.Open(message));
    }

    [Fact]
    [Spec("CURVE-56", "CURVE-55")]
    public void MESSAGE_NoncesFromZeroAndWithGaps_AreAccepted()
    {
        var (server, client) = CurveRig.ReadyServer(firstNonce: 0);
        Expect.Refusal(ProtocolError.InvalidSequence, () => server.Open(client.Message(0, [], m => m.Nonce = 1)));

        server.Open(client.Message(0, [], m => m.Nonce = 2));
        server.Open(client.Message(0, [], m => m.Nonce = 7));
        server.Open(client.Message(0, [], m => m.Nonce = ulong.MaxValue - 1));
        server.Open(client.Message(0, [], m => m.Nonce = ulong.MaxValue));
        Expect.Refusal(ProtocolError.InvalidSequence, () => server.Open(client.Message(0, [], m => m.Nonce = ulong.MaxValue)));
        Expect.Refusal(ProtocolError.InvalidSequence, () => server.Open(client.Message(0, [], m => m.Nonce = 0)));
    }

    [Fact]
    [Spec("CURVE-57")]
    public void MESSAGE_ForgedWithAHighNonce_DoesNotMoveTheSequence()
    {
        var (server, client) = CurveRig.ReadyServer();
        var forged = client.Message(0, "x"u8.ToArray(), m => m.Nonce = ulong.MaxValue);
        forged[^1] ^= 1;
        Expect.Refusal(ProtocolError.Cryptographic, () => server.Open(forged));

        Assert.Equal("y"u8.ToArray(), server.Open(client.Message(0, "y"u8.ToArray(), m => m.Nonce = 4)).Data);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("CURVE-50", "CURVE-53")]
    [Lesson("T3")]
    public void MESSAGE_NoncesUsedUp_ClosesInsteadOfWrapping(bool isServer)
    {
        var end = isServer ? CurveRig.ReadyServer().Server : CurveRig.ReadyClient().Client;
        var session = ((CurveReady)((CurveMechanism)end).State).Session;
        session.Sent = ulong.MaxValue - 1;

        var last = end.Seal(PayloadFlags.None, []);

        Assert.Equal(Hex.Repeat(0xFF, 8), last[8..16]);
        for (var i = 0; i < 2; i++)
        {
            var body = new byte[33];
            var error = Expect.Refusal(ProtocolError.NonceExhausted, () => end.Seal(PayloadFlags.None, [], body));
            Assert.True(error.MayRetry);
            Assert.Equal(new byte[33], body);
        }
    }

    [Fact]
    [Spec("CURVE-60")]
    public void MESSAGE_Reflected_DoesNotOpen()
    {
        var (server, client) = CurveRig.ReadyServer();
        for (var i = 0; i < 3; i++) server.Seal(PayloadFlags.None, []);
        Expect.Refusal(ProtocolError.Cryptographic, () => server.Open(server.Seal(PayloadFlags.None, "hello"u8)));
        Expect.Refusal(
            ProtocolError.Cryptographic, () => server.Open(client.Message(0, [], m => m.NoncePrefix = "CurveZMQMESSAGES")));

        var (other, script) = CurveRig.ReadyClient();
        Expect.Refusal(ProtocolError.Cryptographic, () => other.Open(other.Seal(PayloadFlags.None, "hello"u8)));
        Expect.Refusal(ProtocolError.Cryptographic, () => other.Open(script.Message(0, [], m => m.NoncePrefix = "CurveZMQMESSAGE-")));
    }

    [Fact]
    [Spec("CURVE-62")]
    public void MESSAGE_EveryFlagsOctet_IsReadOrRefused()
    {
        var (server, client) = CurveRig.ReadyServer();
        for (var flags = 0; flags <= 255; flags++)
        {
            var body = client.Message((byte)flags, "x"u8.ToArray());
            if (flags < 4) Assert.Equal((PayloadFlags)flags, server.Open(body).Flags);
            else Expect.Refusal(ProtocolError.MalformedMessage, () => server.Open(body));
        }
    }

    [Fact]
    [Spec("CURVE-64", "CURVE-65", "CURVE-59")]
    public void MESSAGE_AnyOctetChangedOrCutOff_Closes()
    {
        var (server, client) = CurveRig.ReadyServer();
        var message = client.Message(1, "hello"u8.ToArray());
        for (var i = 0; i < message.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                byte[] changed = [.. message];
                changed[i] ^= (byte)(1 << bit);
                Assert.Throws<ZmtpProtocolException>(() => server.Open(changed));
            }

            Assert.Throws<ZmtpProtocolException>(() => server.Open(message.AsSpan(0, i)));
        }

        Assert.Throws<ZmtpProtocolException>(() => server.Open([.. message, 0]));
        Assert.Equal("hello"u8.ToArray(), server.Open(message).Data);
    }

    [Fact]
    [Spec("CURVE-59")]
    public void MESSAGE_Of32Octets_IsMalformed()
    {
        var (server, client) = CurveRig.ReadyServer();
        var message = client.Message(0, []);
        Assert.Equal(33, message.Length);

        Expect.Refusal(ProtocolError.MalformedMessage, () => server.Open(message.AsSpan(0, 32)));
        Expect.Refusal(ProtocolError.MalformedMessage, () => server.Open(message.AsSpan(0, 8)));
        Assert.Throws<ZmtpProtocolException>(() => server.Open([]));
    }

    [Theory]
    [InlineData("04 50 49 4E 47 00 00", ProtocolError.UnexpectedCommand)]
    [InlineData("41", ProtocolError.MalformedMessage)]
    [InlineData("", ProtocolError.MalformedMessage)]
    [InlineData("05 45 52 52 4F 52 03 34 30 30", ProtocolError.UnexpectedCommand)]
    [InlineData("09 53 55 42 53 43 52 49 42 45 41", ProtocolError.UnexpectedCommand)]
    [Spec("CURVE-67")]
    public void MESSAGE_ClearTextInItsPlace_Closes(string body, ProtocolError error)
    {
        Expect.Refusal(error, () => CurveRig.ReadyServer().Server.Open(Hex.Of(body)));
        Expect.Refusal(error, () => CurveRig.ReadyClient().Client.Open(Hex.Of(body)));
    }

    [Fact]
    [Spec("CURVE-48")]
    public void MESSAGE_HandshakeCommandInItsPlace_Closes()
    {
        var (server, client) = CurveRig.ReadyServer();
        Expect.Refusal(ProtocolError.UnexpectedCommand, () => server.Open(client.Hello()));
        Expect.Refusal(ProtocolError.UnexpectedCommand, () => server.Open(client.Initiate(CurveRig.DealerMetadata)));
        Assert.Throws<InvalidOperationException>(() => server.ReadCommand(client.Hello()));

        var (other, script) = CurveRig.ReadyClient();
        Expect.Refusal(ProtocolError.UnexpectedCommand, () => other.Open(script.Welcome()));
        Expect.Refusal(ProtocolError.UnexpectedCommand, () => other.Open(script.Ready(CurveRig.RouterMetadata)));
    }

    [Fact]
    public void MESSAGE_BodyOfTheWrongLength_IsTheCallersFault()
    {
        var (server, _) = CurveRig.ReadyServer();

        Assert.Throws<ArgumentException>(() => server.Seal(PayloadFlags.None, "x"u8, new byte[33]));
        Assert.Throws<ArgumentException>(() => server.Seal(PayloadFlags.None, "x"u8, new byte[35]));
    }

    [Fact]
    public void MESSAGE_SealAndOpen_AllocateNothing()
    {
        using var pair = new MechanismPair(Transcript.ClientSecurity(), Transcript.ServerSecurity()).RunToReady();
        var data = new byte[1000];
        var body = new byte[1033];
        var opened = new byte[1001];
        void Exchange()
        {
            pair.Connecting.Seal(PayloadFlags.More, data, body);
            _ = pair.Bound.Open(body, opened);
            pair.Bound.Seal(PayloadFlags.None, data, body);
            _ = pair.Connecting.Open(body, opened);
        }

        for (var i = 0; i < 100; i++) Exchange();

        var allocated = OwnAllocations.LeastOf(() =>
        {
            for (var i = 0; i < 1000; i++) Exchange();
        });

        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task MESSAGE_SealingAndOpeningAtOnce_DisturbNothing()
    {
        using var pair = new MechanismPair(Transcript.ClientSecurity(), Transcript.ServerSecurity()).RunToReady();
        const int Count = 5000;
        var toBound = Enumerable.Range(0, Count).Select(i => new byte[33 + (i % 50)]).ToArray();
        var toConnecting = Enumerable.Range(0, Count).Select(i => pair.Bound.Seal(PayloadFlags.None, new byte[i % 50])).ToArray();

        var sealing = Task.Run(() =>
        {
            foreach (var body in toBound) pair.Connecting.Seal(PayloadFlags.None, new byte[body.Length - 33], body);
        });
        var opening = Task.Run(() =>
        {
            foreach (var body in toConnecting) pair.Connecting.Open(body);
        });
        await Task.WhenAll(sealing, opening).WithinAsync();

        Assert.All(toBound, body => Assert.Equal(body.Length - 33, pair.Bound.Open(body).Data.Length));
    }
}
