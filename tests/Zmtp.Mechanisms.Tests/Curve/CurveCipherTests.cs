using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Mechanisms.Tests;

public sealed class CurveCipherTests
{
    [Theory]
    [InlineData(CurveCipher.Libsodium, CurveCipher.ManagedVector)]
    [InlineData(CurveCipher.ManagedVector, CurveCipher.Libsodium)]
    [InlineData(CurveCipher.ManagedVector, CurveCipher.ManagedVector)]
    public void CURVE_EndsWithAnyCiphers_UnderstandEachOther(CurveCipher client, CurveCipher server)
    {
        using var pair = new MechanismPair(
            Transcript.ClientSecurity().WithCipher(client), Transcript.ServerSecurity().WithCipher(server)).RunToReady();
        for (var length = 0; length < 5000; length += length < 200 ? 1 : 97)
        {
            var data = Hex.Repeat((byte)(length & 0xFF), length);
            AssertArrives(pair.Connecting, pair.Bound, data);
            AssertArrives(pair.Bound, pair.Connecting, data);
        }
    }

    [Theory]
    [InlineData(CurveCipher.Libsodium)]
    [InlineData(CurveCipher.ManagedVector)]
    public void CURVE_AnyCipher_SealsTheSameOctets(CurveCipher cipher)
    {
        using var expected = new MechanismPair(Transcript.ClientSecurity(), Transcript.ServerSecurity()).RunToReady();
        using var pair = new MechanismPair(
            Transcript.ClientSecurity().WithCipher(cipher), Transcript.ServerSecurity().WithCipher(cipher)).RunToReady();

        Assert.Equal(expected.Connecting.Seal(PayloadFlags.More, "hello"u8), pair.Connecting.Seal(PayloadFlags.More, "hello"u8));
        Assert.Equal(expected.Bound.Seal(PayloadFlags.None, "hello"u8), pair.Bound.Seal(PayloadFlags.None, "hello"u8));
    }

    [Theory]
    [InlineData(CurveCipher.Libsodium)]
    [InlineData(CurveCipher.ManagedVector)]
    public void CURVE_Disposed_HoldsNoKeystream(CurveCipher cipher)
    {
        var pair = new MechanismPair(
            Transcript.ClientSecurity().WithCipher(cipher), Transcript.ServerSecurity().WithCipher(cipher)).RunToReady();
        AssertArrives(pair.Connecting, pair.Bound, "hello"u8.ToArray());
        var session = ((CurveReady)((CurveMechanism)pair.Bound).State).Session;
        Assert.False(session.IsZero);

        pair.Dispose();

        Assert.True(session.IsZero);
    }

    [Fact]
    public void WithCipher_LeavesTheOriginalAsItIs()
    {
        var security = Transcript.ClientSecurity();

        var other = security.WithCipher(CurveCipher.ManagedVector);

        Assert.Equal(CurveCipher.Libsodium, security.Cipher);
        Assert.Equal(CurveCipher.ManagedVector, other.Cipher);
        Assert.Equal(security.IsServer, other.IsServer);
        Assert.True(Transcript.ServerSecurity().WithCipher(CurveCipher.ManagedVector).IsServer);
    }

    [Fact]
    public void WithCipher_ThatThereIsNot_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Transcript.ClientSecurity().WithCipher((CurveCipher)2));

    private static void AssertArrives(Mechanism from, Mechanism to, byte[] data)
    {
        var (flags, opened) = to.Open(from.Seal(PayloadFlags.More, data));
        Assert.Equal(PayloadFlags.More, flags);
        Assert.Equal(data, opened);
    }
}
