using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Mechanisms.Tests;

public sealed class CurveTamperTests
{
    [Theory]
    [InlineData(0, "HELLO")]
    [InlineData(1, "WELCOME")]
    [InlineData(2, "INITIATE")]
    [InlineData(3, "READY")]
    [Spec("CURVE-15", "CURVE-16", "CURVE-29", "CURVE-33", "CURVE-39", "CURVE-47", "CURVE-72", "ZMTP30-31")]
    public void CURVE_AnyOctetOfAHandshakeCommandChanged_Closes(int index, string name)
    {
        byte[] body = index switch { 0 => Transcript.Hello, 1 => Transcript.Welcome, 2 => Transcript.Initiate, _ => Transcript.Ready };
        Assert.Equal(name, System.Text.Encoding.ASCII.GetString(body, 1, body[0]));
        for (var i = 0; i < body.Length; i++)
        {
            // Not the top bit: in the last octet of C' it is masked (RFC 7748), and found out only when INITIATE vouches for C'.
            var bit = (byte)(1 << (i % 7));
            byte[] changed = [.. body];
            changed[i] ^= bit;
            using var pair = new MechanismPair(Transcript.ClientSecurity(), Transcript.ServerSecurity()) { HoldAt = index };
            pair.Run();
            var end = index % 2 == 0 ? pair.Bound : pair.Connecting;
            var error = Record.Exception(() => end.ReadCommand(changed));
            Assert.True(error is ZmtpProtocolException, $"octet {i} of {name} changed: {error}");
            Assert.Equal(MechanismStatus.Receiving, end.Status);
        }
    }

    [Fact]
    [Spec("CURVE-13")]
    public void CURVE_SecretsOfEveryState_AreZeroedWhenItIsLeftOrDisposed()
    {
        for (var steps = 0; ; steps++)
        {
            var pair = new MechanismPair(Transcript.ClientSecurity(), Transcript.ServerSecurity());
            var done = false;
            for (var i = 0; i < steps && !done; i++) done = !pair.StepOnce();
            if (done) return;
            var before = Secrets(pair);
            pair.StepOnce();
            var after = Secrets(pair);
            Assert.All(before.Except(after), s => Assert.True(s.IsZero));
            Assert.All(after, s => Assert.False(s.IsZero));
            pair.Dispose();
            Assert.All(before.Concat(after), s => Assert.True(s.IsZero));
        }
    }

    /// <summary>A connection may stay for months: the key of its handshake is not kept for as long.</summary>
    [Fact]
    public void CURVE_HandshakeIsOver_ItsKeyIsZeroedThoughTheSessionGoesOn()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(CurveClients.AllowAny);
        server.ReadCommand(client.Initiate(CurveRig.DealerMetadata));
        var session = Assert.IsType<CurveSession>(Assert.Single(((CurveMechanism)server).State.Secrets));
        var key = session.Key;
        Assert.True(key.ContainsAnyExcept((byte)0));

        server.Write();

        Assert.Equal(MechanismStatus.Ready, server.Status);
        Assert.False(key.ContainsAnyExcept((byte)0));
        Assert.Throws<InvalidOperationException>(() => session.Key.Length);
    }

    [Fact]
    public void CURVE_CommandRefused_DisposeStillZeroesAll()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate();
        Assert.Throws<ZmtpProtocolException>(() => server.ReadCommand(client.Initiate(CurveRig.DealerMetadata, i => i.VouchedServerKey = new byte[32])));
        var secrets = ((CurveMechanism)server).State.Secrets.ToArray();

        server.Dispose();

        Assert.NotEmpty(secrets);
        Assert.All(secrets, s => Assert.True(s.IsZero));
    }

    [Fact]
    public void CURVE_Disposed_DoesNotSealWithAZeroKey()
    {
        var (server, _) = CurveRig.ReadyServer();
        server.Dispose();

        Assert.Throws<ObjectDisposedException>(() => server.Seal(PayloadFlags.None, "x"u8, new byte[34]));
    }

    private static Crypto.ISecret[] Secrets(MechanismPair pair) =>
        [.. ((CurveMechanism)pair.Connecting).State.Secrets, .. ((CurveMechanism)pair.Bound).State.Secrets];
}
