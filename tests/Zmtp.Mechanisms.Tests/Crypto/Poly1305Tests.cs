using Xunit;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms.Tests;

public sealed class Poly1305Tests
{
    private static readonly byte[] Ones = Hex.Repeat(0xFF, 16);
    private static readonly byte[] Zeros = new byte[16];

    /// <summary>r before it is clamped: the extremes, and those with which h comes near 2^130 - 5 and 2^128.</summary>
    public static TheoryData<string> Keys =>
    [
        "FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF",
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
        "01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
        "02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
        "04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
        "00 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00",
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0F",
        "FF FF FF 0F FC FF FF 0F 00 00 00 00 00 00 00 00",
        "00 00 00 00 00 00 00 00 FC FF FF 0F FC FF FF 0F",
        "01 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00",
    ];

    [Theory]
    [MemberData(nameof(Keys))]
    public void MAC_OfExtremeBlocks_IsLibsodiums(string r)
    {
        byte[][] blocks =
        [
            Ones,
            Zeros,
            [0xFB, .. Ones[1..]],
            [0xFE, .. Ones[1..]],
            [0xFC, .. Ones[1..]],
            [.. Zeros[..15], 0x80],
            [0x05, .. Zeros[1..]],
            [0x01, .. Zeros[1..]],
            [.. Ones[..8], .. Zeros[8..]],
            [.. Zeros[..8], .. Ones[8..]],
        ];
        foreach (var s in (byte[][])[Ones, Zeros, [0x01, .. Zeros[1..]]])
        {
            byte[] key = [.. Hex.Of(r), .. s];
            for (var i = 0; i < 10_000; i++)
            {
                byte[] message = [.. blocks[i % 10], .. blocks[i / 10 % 10], .. blocks[i / 100 % 10], .. blocks[i / 1000]];
                AssertEqual(key, message.AsSpan(0, 16 * (1 + (i % 4))));
            }

            for (var count = 0; count < 80; count++) AssertEqual(key, Enumerable.Repeat(Ones, count).SelectMany(block => block).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void MAC_OfManyExtremeBlocks_IsLibsodiums(string r)
    {
        byte[][] blocks = [Ones, Zeros, [0xFB, .. Ones[1..]], [.. Zeros[..15], 0x80], [.. Ones[..8], .. Zeros[8..]], [1, .. Zeros[1..]]];
        var random = new Random(26);
        byte[] key = [.. Hex.Of(r), .. Ones];
        for (var i = 0; i < 2000; i++)
        {
            var kinds = 1 + (i % blocks.Length);
            var message = Enumerable.Range(0, 20 + (i % 60)).SelectMany(_ => blocks[random.Next(kinds)]).ToArray();
            AssertEqual(key, message);
            AssertEqual(key, message.AsSpan(0, message.Length - (i % 16)));
        }
    }

    [Fact]
    public void MAC_OfSumsAroundThePrime_IsLibsodiums()
    {
        // With r of 1, h is the sum of the blocks: it passes 2^130 - 5 by a few, or stays below it by a few.
        byte[] key = [1, .. Zeros[1..], .. Zeros];
        for (var count = 1; count < 12; count++)
        {
            for (var last = 0; last < 256; last++)
            {
                var start = Enumerable.Repeat(Ones, count).SelectMany(block => block);
                AssertEqual(key, [.. start, (byte)last, .. Ones[1..]]);
                AssertEqual(key, [.. start, (byte)last, .. Zeros[1..]]);
                AssertEqual(key, [.. start, (byte)last]);
            }
        }
    }

    [Fact]
    public void MAC_OfEveryLength_IsLibsodiums()
    {
        var random = new Random(1305);
        var key = new byte[32];
        var message = new byte[5000];
        for (var length = 0; length <= message.Length; length += length < 2300 ? 1 : 37)
        {
            random.NextBytes(key);
            random.NextBytes(message);
            AssertEqual(key, message.AsSpan(0, length));
            message.AsSpan().Fill(0xFF);
            AssertEqual(key, message.AsSpan(0, length));
            key.AsSpan(0, 16).Fill(0xFF);
            AssertEqual(key, message.AsSpan(0, length));
        }
    }

    [Fact]
    public void MAC_OfRandomMessages_IsLibsodiums()
    {
        var random = new Random(8439);
        var key = new byte[32];
        var message = new byte[700];
        for (var i = 0; i < 50_000; i++)
        {
            random.NextBytes(key);
            random.NextBytes(message);
            AssertEqual(key, message.AsSpan(0, random.Next(message.Length)));
        }
    }

    private static void AssertEqual(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        Span<byte> expected = stackalloc byte[16];
        Span<byte> mac = stackalloc byte[16];
        NaCl.Authenticate(message, key, expected);
        foreach (var hasVectors in (bool[])[false, Poly1305Vector512.IsSupported])
        {
            Poly1305.Authenticate(message, key, mac, hasVectors);
            if (!mac.SequenceEqual(expected)) Assert.Fail($"Key {Convert.ToHexString(key)}, message {Convert.ToHexString(message)}, vectors: {hasVectors}.");
        }
    }
}
