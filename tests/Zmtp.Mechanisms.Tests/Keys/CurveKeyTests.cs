using Xunit;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Searching;

namespace Zmtp.Mechanisms.Tests;

public sealed class CurveKeyTests
{
    [Fact]
    public void KEY_TestPairsOfTheManual_AreReadAndWrittenAndBelongTogether()
    {
        foreach (var (publicZ85, secretZ85, publicOctets, secretOctets) in new[]
        {
            (Transcript.ClientPublicZ85, Transcript.ClientSecretZ85, Transcript.ClientPublic, Transcript.ClientSecret),
            (Transcript.ServerPublicZ85, Transcript.ServerSecretZ85, Transcript.ServerPublic, Transcript.ServerSecret),
        })
        {
            var publicKey = CurvePublicKey.Parse(publicZ85);
            Assert.Equal(publicOctets, publicKey.AsSpan().ToArray());
            Assert.Equal(publicZ85, publicKey.ToString());
            Assert.True(CurvePublicKey.TryParse(publicZ85, out var again));
            Assert.Equal(publicKey, again);
            using var secretKey = CurveSecretKey.Parse(secretZ85);
            Assert.Equal(secretOctets, secretKey.AsSpan().ToArray());
            Assert.True(CurveSecretKey.TryParse(secretZ85, out var secretAgain));
            Assert.Equal(secretKey, secretAgain);
            Assert.Equal(publicKey, secretKey.DerivePublicKey());
            using var pair = new CurveKeyPair(publicKey, secretKey);
            using var derived = new CurveKeyPair(secretKey);
            Assert.Equal(publicKey, derived.PublicKey);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf")]
    [InlineData("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf77")]
    [InlineData("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]y\"7")]
    [InlineData("#####>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7")]
    [InlineData("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf ")]
    [InlineData("0000000000000000000000000000000000000000")]
    [Spec("Z85-11", "Z85-12", "Z85-13")]
    public void KEY_TextThatIsNoKey_IsRefusedAndNotQuoted(string text)
    {
        Assert.False(CurvePublicKey.TryParse(text, out _));
        Assert.False(CurveSecretKey.TryParse(text, out _));
        Assert.Throws<FormatException>(() => CurvePublicKey.Parse(text));
        var error = Assert.Throws<FormatException>(() => CurveSecretKey.Parse(text));
        if (text.Length > 0) Assert.DoesNotContain(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KEY_WrongLengthOrAllZero_IsRefused()
    {
        foreach (var octets in new byte[][] { [], Hex.Repeat(1, 31), Hex.Repeat(1, 33), new byte[32] })
        {
            Assert.Throws<ArgumentException>(() => new CurvePublicKey(octets));
            Assert.Throws<ArgumentException>(() => new CurveSecretKey(octets));
        }
    }

    [Fact]
    public void KEY_Equality_IsByOctets()
    {
        var one = new CurvePublicKey(Hex.Repeat(1, 32));
        var same = new CurvePublicKey(Hex.Repeat(1, 32));
        Assert.True(one == same && one.Equals((object)same) && one.GetHashCode() == same.GetHashCode() && !(one != same));
        for (var i = 0; i < 32; i++)
        {
            var octets = Hex.Repeat(1, 32);
            octets[i] ^= 0x80;
            Assert.False(one == new CurvePublicKey(octets));
            using var secret = new CurveSecretKey(Hex.Repeat(1, 32));
            using var other = new CurveSecretKey(octets);
            Assert.NotEqual(secret, other);
        }

        Assert.False(one == null);
        Assert.False(one.Equals((object?)"text"));
    }

    [Fact]
    public void SECRET_ComparedByOperator_IsComparedByItsOctets()
    {
        using var one = new CurveSecretKey(Hex.Repeat(1, 32));
        using var same = new CurveSecretKey(Hex.Repeat(1, 32));
        using var other = new CurveSecretKey(Hex.Repeat(2, 32));
        CurveSecretKey? none = null;
        Assert.True(one == same && !(one != same));
        Assert.True(one != other && !(one == other));
        Assert.True(one != none && none != one && none == null);
        same.Dispose();
        Assert.True(one != same);
    }

    [Fact]
    public void SECRET_NothingShowsIt()
    {
        using var pair = Transcript.ServerKeys();
        string[] texts = [pair.ToString(), pair.SecretKey.ToString(), $"{pair.SecretKey}", CurveSecurity.Server(pair).ToString()!];

        Assert.All(texts, text =>
        {
            Assert.DoesNotContain(Transcript.ServerSecretZ85, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexString(Transcript.ServerSecret), text, StringComparison.OrdinalIgnoreCase);
        });
        using var another = Searched.NewKeyPair();
        Assert.Equal(another.SecretKey.GetHashCode(), pair.SecretKey.GetHashCode());
    }

    [Fact]
    public void SECRET_Dispose_ZeroesItAndNoUseIsPossible()
    {
        var secret = new CurveSecretKey(Transcript.ServerSecret);
        Assert.False(secret.IsZero);

        secret.Dispose();
        secret.Dispose();

        Assert.True(secret.IsZero);
        Assert.Throws<ObjectDisposedException>(() => { _ = secret.AsSpan(); });
        Assert.Throws<ObjectDisposedException>(() => secret.DerivePublicKey());
        Assert.Throws<ObjectDisposedException>(() => secret.Clone());
        Assert.Throws<ObjectDisposedException>(() => new CurveKeyPair(secret));
        using var same = new CurveSecretKey(Transcript.ServerSecret);
        Assert.False(secret.Equals(same));
        Assert.False(same.Equals(secret));
    }

    [Fact]
    public void SECRET_DisposedOfWhileItIsCloned_CloneIsWholeOrNone()
    {
        using var same = new CurveSecretKey(Transcript.ServerSecret);
        for (var round = 0; round < 300; round++)
        {
            var secret = new CurveSecretKey(Transcript.ServerSecret);
            using var both = new Barrier(2);
            var disposing = new Thread(() =>
            {
                both.SignalAndWait(TestTimeout.Default);
                secret.Dispose();
            });
            disposing.Start();
            both.SignalAndWait(TestTimeout.Default);

            CloneUntilDisposedOf(secret, same);

            Assert.True(disposing.Join(TestTimeout.Default));
        }
    }

    private static void CloneUntilDisposedOf(CurveSecretKey secret, CurveSecretKey same)
    {
        try
        {
            while (true)
            {
                using var clone = secret.Clone();
                Assert.True(clone.Equals(same));
                _ = secret.Equals(same);
            }
        }
        catch (ObjectDisposedException)
        {
            Assert.True(secret.IsDisposed);
        }
    }

    [Fact]
    public void PAIR_KeysThatDoNotBelongTogether_AreRefusedWithASentence()
    {
        using var secret = new CurveSecretKey(Transcript.ServerSecret);

        var error = Assert.Throws<ArgumentException>(() => new CurveKeyPair(new CurvePublicKey(Transcript.ClientPublic), secret));

        Assert.Contains("does not belong", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PAIR_SecretKeyInThePublicKeysPlace_IsRefusedWithoutRepeatingIt()
    {
        using var keys = Searched.NewKeyPair();
        var wrongHalf = new CurvePublicKey(keys.SecretKey.AsSpan());

        var error = Assert.Throws<ArgumentException>(() => new CurveKeyPair(wrongHalf, keys.SecretKey));

        Assert.DoesNotContain(wrongHalf.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(wrongHalf.ToFingerprint(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PAIR_Generated_IsNewAndValid()
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < 50; i++)
        {
            using var pair = Searched.NewKeyPair();
            Assert.True(seen.Add(pair.PublicKey.ToString()));
            Assert.Equal(Sodium.DerivePublic(pair.SecretKey.AsSpan().ToArray()), pair.PublicKey.AsSpan().ToArray());
        }
    }

    [Fact]
    public void PAIR_OwnsACopyOfItsSecret()
    {
        var secret = new CurveSecretKey(Transcript.ServerSecret);
        var pair = new CurveKeyPair(secret);
        secret.Dispose();
        Assert.Equal(Transcript.ServerSecret, pair.SecretKey.AsSpan().ToArray());

        using var clone = pair.Clone();
        pair.Dispose();
        Assert.True(pair.SecretKey.IsZero);
        Assert.Equal(Transcript.ServerSecret, clone.SecretKey.AsSpan().ToArray());
        Assert.Equal(Transcript.ServerPublic, pair.PublicKey.AsSpan().ToArray());
    }

    [Fact]
    public void SECURITY_OfKeysThatWereDisposedOf_CannotBeMade()
    {
        using var other = Searched.NewKeyPair();
        var pair = Searched.NewKeyPair();
        var keys = new CurveServerKeys(pair);
        keys.Dispose();
        pair.Dispose();

        Assert.Throws<ObjectDisposedException>(() => CurveSecurity.Client(pair, other.PublicKey));
        Assert.Throws<ObjectDisposedException>(() => CurveSecurity.Server(pair));
        Assert.Throws<ObjectDisposedException>(() => CurveSecurity.Server(pair, CurveClients.AllowAny));
        Assert.Throws<ObjectDisposedException>(() => CurveSecurity.Server(keys));
    }

    [Fact]
    public void PAIR_DisposedWhileInUse_FailsWithASentenceAndNothingIsSealed()
    {
        var serverKeys = Transcript.ServerKeys();
        var clientKeys = Transcript.ClientKeys();
        var server = CurveSecurity.Server(serverKeys, CurveClients.AllowAny);
        var client = CurveSecurity.Client(clientKeys, serverKeys.PublicKey);
        using var up = new MechanismPair(client, server).RunToReady();
        using var pair = new MechanismPair(client, server) { HoldAt = 0 };
        pair.Run();
        var hello = pair.Commands[0].Body;
        using var later = new MechanismPair(client, server) { HoldAt = 1 };
        later.Run();

        serverKeys.Dispose();
        clientKeys.Dispose();

        AssertSaysSo(Assert.Throws<ZmtpException>(() => pair.Bound.ReadCommand(hello)));
        later.Connecting.ReadCommand(later.Commands[1].Body);
        AssertSaysSo(Assert.Throws<ZmtpException>(() => later.Connecting.Write()));
        AssertSaysSo(Assert.Throws<ZmtpException>(() => server.CreateMechanism(HandshakeContexts.Create(SocketType.Router, isConnecting: false))));
        AssertSaysSo(Assert.Throws<ZmtpException>(() => client.CreateMechanism(HandshakeContexts.Create(SocketType.Dealer, isConnecting: true))));
        Assert.Equal("x"u8.ToArray(), up.Bound.Open(up.Connecting.Seal(PayloadFlags.None, "x"u8)).Data);
    }

    private static void AssertSaysSo(ZmtpException error)
    {
        Assert.Equal(FaultOrigin.Caller, error.Origin);
        Assert.False(error.MayRetry);
        Assert.Contains("disposed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KEY_Fingerprint_IsTheBeginningOfTheKeysSha256InGroupsOfFour()
    {
        // printf '\x01%.0s' $(seq 32) | sha256sum
        var key = new CurvePublicKey(Hex.Repeat(1, 32));
        Assert.Equal("72CD 6E84 22C4 07FB 6D09 8690 F113 0B7D ED7E C2F7", key.ToFingerprint());
        Assert.NotEqual(key.ToFingerprint(), new CurvePublicKey(Hex.Repeat(2, 32)).ToFingerprint());
    }
}
