using System.Security.Cryptography;
using Xunit;
using Zmtp.Mechanisms.Interop;
using Zmtp.Testing.Steady;

namespace Zmtp.Mechanisms.Tests;

/// <summary>What every cipher must do: the octets of libsodium's crypto_box, whatever the lengths and short nonces are.</summary>
public abstract class MessageCipherContract
{
    private const byte Untouched = 0xCD;

    private static readonly byte[] Key = SHA256.HashData("key"u8);

    /// <summary>Lengths of data around every place where blocks, passes of 4, 8 or 16 blocks, or the MAC's own blocks end.</summary>
    private static IEnumerable<int> Lengths
    {
        get
        {
            for (var length = 0; length <= 600; length++) yield return length;
            for (var block = 640; block <= 8192; block += 64)
            {
                for (var around = -2; around <= 2; around++)
                {
                    yield return block + around;
                    yield return block + around - (NaCl.MacKeySize + 1);
                }
            }

            foreach (var large in (int[])[10_000, 65_535, 65_536, 99_999, 1 << 20, (1 << 20) + 1]) yield return large;
        }
    }

    private protected abstract MessageCipher Create(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix);

    [Fact]
    public void Cipher_EveryLength_IsCryptoBox()
    {
        using var sealing = Create(Key, CurveNonce.ClientMessage);
        using var opening = Create(Key, CurveNonce.ClientMessage);
        var shortNonce = 0UL;
        foreach (var length in Lengths) AssertEqual(sealing, opening, ++shortNonce, length);
    }

    [Fact]
    public void Cipher_EveryLengthAgainAndAgain_IsCryptoBox()
    {
        using var sealing = Create(Key, CurveNonce.ServerMessage);
        using var opening = Create(Key, CurveNonce.ServerMessage);
        var shortNonce = 0UL;
        for (var length = 0; length <= 1200; length += length < 600 ? 7 : 31)
        {
            for (var i = 0; i < 20; i++) AssertEqual(sealing, opening, ++shortNonce, length, CurveNonce.ServerMessage);
        }
    }

    [Fact]
    public void Cipher_EveryShortNonce_IsCryptoBox()
    {
        using var sealing = Create(Key, CurveNonce.ClientMessage);
        using var opening = Create(Key, CurveNonce.ClientMessage);
        ulong[] starts = [0, 250, 65_530, uint.MaxValue - 5UL, (1UL << 40) - 3, 1UL << 63, ulong.MaxValue - 40];
        foreach (var start in starts)
        {
            for (var i = 0UL; i <= 40; i++) AssertEqual(sealing, opening, start + i, (int)(i * 5));
        }

        foreach (var shortNonce in (ulong[])[ulong.MaxValue, ulong.MaxValue, 0, ulong.MaxValue - 1, 7, 6, 7])
        {
            AssertEqual(sealing, opening, shortNonce, 30);
        }
    }

    [Fact]
    public void Cipher_LengthsAndGapsInAnyOrder_IsCryptoBox()
    {
        using var sealing = Create(Key, CurveNonce.ClientMessage);
        using var opening = Create(Key, CurveNonce.ClientMessage);
        var random = new Random(26);
        var shortNonce = 0UL;
        for (var i = 0; i < 6000; i++)
        {
            var most = random.Next(6) switch { 0 => 20, 1 => 100, 2 => 400, 3 => 1100, 4 => 40, _ => 3000 };
            shortNonce += random.Next(10) == 0 ? (ulong)random.Next(1, 40) : 1UL;
            AssertEqual(sealing, opening, shortNonce, random.Next(most));
            if (random.Next(20) == 0) AssertEqual(sealing, opening, shortNonce - (ulong)random.Next(10), random.Next(most));
        }
    }

    [Fact]
    public void Cipher_EveryKey_IsCryptoBox()
    {
        for (var i = 0; i < 200; i++)
        {
            var key = SHA256.HashData([(byte)i]);
            using var sealing = Create(key, CurveNonce.ClientMessage);
            using var opening = Create(key, CurveNonce.ClientMessage);
            for (var shortNonce = 1UL; shortNonce < 4; shortNonce++)
            {
                AssertEqual(sealing, opening, shortNonce, (i * 11) + (int)shortNonce, CurveNonce.ClientMessage, key);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(100)]
    [InlineData(300)]
    [InlineData(1500)]
    public void Cipher_AnyOctetOfTheBoxChanged_DoesNotOpenAndWritesNothing(int length)
    {
        using var cipher = Create(Key, CurveNonce.ClientMessage);
        var box = CryptoBox(Key, CurveNonce.ClientMessage, 5, Payload(length));
        var payload = new byte[length + 1];
        for (var i = 0; i < box.Length; i++)
        {
            for (var bit = 0; bit < 8; bit += i < 40 ? 1 : 7)
            {
                payload.AsSpan().Fill(Untouched);
                box[i] ^= (byte)(1 << bit);
                Assert.False(cipher.TryOpen(5, box, payload));
                Assert.False(payload.AsSpan().ContainsAnyExcept(Untouched));
                var changed = box.ToArray();
                Assert.False(cipher.TryOpen(5, box, box.AsSpan(NaCl.MacSize)));
                Assert.Equal(changed, box);
                box[i] ^= (byte)(1 << bit);
            }
        }

        Assert.False(cipher.TryOpen(4, box, payload));
        Assert.False(cipher.TryOpen(6, box, payload));
        Assert.True(cipher.TryOpen(5, box, payload));
        Assert.Equal(Payload(length), payload);
    }

    [Fact]
    public void Cipher_OfTheOtherDirection_DoesNotOpen()
    {
        using var sealing = Create(Key, CurveNonce.ClientMessage);
        using var opening = Create(Key, CurveNonce.ServerMessage);
        var box = new byte[17];
        sealing.Seal(1, 0, [], box);

        Assert.False(opening.TryOpen(1, box, new byte[1]));
    }

    [Fact]
    public void Cipher_LengthsThatDoNotFit_AreTheCallersFault()
    {
        using var cipher = Create(Key, CurveNonce.ClientMessage);

        Assert.Throws<ArgumentException>(() => cipher.Seal(1, 0, [], new byte[16]));
        Assert.Throws<ArgumentException>(() => cipher.Seal(1, 0, [], new byte[18]));
        Assert.Throws<ArgumentException>(() => cipher.TryOpen(1, new byte[16], []));
        Assert.Throws<ArgumentException>(() => cipher.TryOpen(1, new byte[17], new byte[2]));
        Assert.Throws<ArgumentException>(() => cipher.TryOpen(1, new byte[19], new byte[2]));
    }

    [Fact]
    public void Cipher_Disposed_HoldsZerosAndDoesNothing()
    {
        var cipher = Create(Key, CurveNonce.ClientMessage);
        cipher.Seal(1, 0, [], new byte[17]);
        Assert.False(cipher.IsZero);

        cipher.Dispose();

        Assert.True(cipher.IsZero);
        Assert.Throws<ObjectDisposedException>(() => cipher.Seal(2, 0, [], new byte[17]));
        Assert.Throws<ObjectDisposedException>(() => cipher.Seal(2, 0, new byte[5000], new byte[5017]));
        Assert.Throws<ObjectDisposedException>(() => cipher.TryOpen(2, new byte[17], new byte[1]));
    }

    [Fact]
    public void Cipher_SealAndOpen_AllocateNothing()
    {
        using var sealing = Create(Key, CurveNonce.ClientMessage);
        using var opening = Create(Key, CurveNonce.ClientMessage);
        var data = new byte[5000];
        var box = new byte[5017];
        var payload = new byte[5001];
        var shortNonce = 0UL;
        var opened = 0UL;
        void Exchange(int length)
        {
            sealing.Seal(++shortNonce, 0, data.AsSpan(0, length), box.AsSpan(0, length + 17));
            if (opening.TryOpen(shortNonce, box.AsSpan(0, length + 17), payload.AsSpan(0, length + 1))) opened++;
        }

        void ExchangeAll()
        {
            for (var i = 0; i < 200; i++) Exchange(i * 25);
        }

        ExchangeAll();

        Assert.Equal(0, OwnAllocations.LeastOf(ExchangeAll));
        Assert.Equal(shortNonce, opened);
    }

    private protected static byte[] CryptoBox(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix, ulong shortNonce, ReadOnlySpan<byte> payload)
    {
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(prefix, shortNonce, nonce);
        var box = new byte[NaCl.MacSize + payload.Length];
        NaCl.Seal(payload, nonce, key, box);
        return box;
    }

    private static void AssertEqual(MessageCipher sealing, MessageCipher opening, ulong shortNonce, int length) =>
        AssertEqual(sealing, opening, shortNonce, length, CurveNonce.ClientMessage, Key);

    private static void AssertEqual(
        MessageCipher sealing, MessageCipher opening, ulong shortNonce, int length, ReadOnlySpan<byte> prefix) =>
        AssertEqual(sealing, opening, shortNonce, length, prefix, Key);

    private static void AssertEqual(
        MessageCipher sealing, MessageCipher opening, ulong shortNonce, int length, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> key)
    {
        var payload = Payload(length);
        var expected = CryptoBox(key, prefix, shortNonce, payload);
        var box = new byte[expected.Length];
        sealing.Seal(shortNonce, payload[0], payload.AsSpan(1), box);
        Assert.True(box.AsSpan().SequenceEqual(expected), $"The box of {length} octets with short nonce {shortNonce} is another.");

        var opened = new byte[payload.Length];
        Assert.True(opening.TryOpen(shortNonce, box, opened), $"The box of {length} octets with short nonce {shortNonce} does not open.");
        Assert.True(opened.AsSpan().SequenceEqual(payload), $"The box of {length} octets opened to something else.");

        var inPlace = box.AsSpan(NaCl.MacSize);
        Assert.True(opening.TryOpen(shortNonce, box, inPlace), $"The box of {length} octets does not open in place.");
        Assert.True(inPlace.SequenceEqual(payload), $"The box of {length} octets opened in place to something else.");
    }

    /// <summary>The flags octet and data that differ in every octet nearby.</summary>
    private static byte[] Payload(int length)
    {
        var payload = new byte[length + 1];
        for (var i = 0; i < payload.Length; i++) payload[i] = unchecked((byte)((i * 167) + (i >> 8) + length));
        return payload;
    }
}
