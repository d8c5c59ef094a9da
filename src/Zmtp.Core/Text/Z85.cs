using SimpleBase;

namespace Zmtp.Text;

// RFC 32, section "Formal Specification".
//
//   4 octets (unsigned, network order)  <->  5 characters (base 85, most significant first)
//
// SimpleBase 5.6.4 converts, but was measured not to be strict when decoding: it skips white space, pads a short last group,
// wraps a group above 2^32-1, and fails with IndexOutOfRangeException on characters beyond its table. So everything is checked
// here first, and SimpleBase only sees text that is right.

/// <summary>
/// Z85, the text form of keys, strictly by RFC 32: no white space, no padding, no value out of range. Safe on any thread.
/// </summary>
/// <remarks>
/// Secret keys may pass through: beside what is returned or filled in, no copy is made. The caller wipes its own arrays; a string cannot
/// be wiped, so a secret goes through <see cref="TryEncode"/> and <see cref="TryDecode"/>. Error messages never quote the text.
/// </remarks>
public static class Z85
{
    private const int GroupOctets = 4;
    private const int GroupChars = 5;
    private const int Base = 85;

    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

    private const byte NoDigit = byte.MaxValue;

    private static readonly byte[] Digits = MakeDigits();

    private enum Fault
    {
        None,
        Length,
        Character,
        Overflow,
    }

    /// <summary>Encodes octets.</summary>
    /// <param name="data">Octets, a multiple of 4; may be empty.</param>
    /// <returns>5 characters for each 4 octets.</returns>
    /// <exception cref="ArgumentException">The length is not a multiple of 4.</exception>
    public static string Encode(ReadOnlySpan<byte> data) =>
        string.Create(GetEncodedLength(data), data, static (text, data) =>
        {
            if (!TryEncode(data, text, out _)) throw Unexpected();
        });

    /// <summary>Encodes octets into memory of the caller.</summary>
    /// <param name="data">Octets, a multiple of 4; may be empty.</param>
    /// <param name="destination">Gets 5 characters for each 4 octets.</param>
    /// <param name="written">Characters written; 0 on failure.</param>
    /// <returns>False when the destination is too small; then it is unchanged.</returns>
    /// <exception cref="ArgumentException">The length is not a multiple of 4.</exception>
    public static bool TryEncode(ReadOnlySpan<byte> data, Span<char> destination, out int written)
    {
        written = 0;
        var length = GetEncodedLength(data);
        return destination.Length >= length && Base85.Z85.TryEncode(data, destination[..length], out written);
    }

    /// <summary>Decodes text.</summary>
    /// <param name="text">Characters of the alphabet, a multiple of 5; may be empty.</param>
    /// <returns>4 octets for each 5 characters, in an array of the caller's own.</returns>
    /// <exception cref="FormatException">The text is not Z85; the message names the position and the cause.</exception>
    public static byte[] Decode(ReadOnlySpan<char> text)
    {
        var fault = Check(text, out var position);
        if (fault != Fault.None) throw new FormatException(Describe(fault, position, text.Length));
        var data = new byte[text.Length / GroupChars * GroupOctets];
        if (!TryDecode(text, data, out _)) throw Unexpected();
        return data;
    }

    /// <summary>Decodes text into memory of the caller.</summary>
    /// <param name="text">Characters of the alphabet, a multiple of 5; may be empty.</param>
    /// <param name="destination">Gets 4 octets for each 5 characters.</param>
    /// <param name="written">Octets written; 0 on failure.</param>
    /// <returns>False when the text is not Z85 or the destination is too small; then the destination is unchanged.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> destination, out int written)
    {
        written = 0;
        if (Check(text, out _) != Fault.None) return false;
        var length = text.Length / GroupChars * GroupOctets;
        return destination.Length >= length && Base85.Z85.TryDecode(text, destination[..length], out written);
    }

    private static int GetEncodedLength(ReadOnlySpan<byte> data)
    {
        if (data.Length % GroupOctets == 0) return data.Length / GroupOctets * GroupChars;
        throw new ArgumentException($"Z85 encodes a multiple of {GroupOctets} octets, not {data.Length}.", nameof(data));
    }

    private static Fault Check(ReadOnlySpan<char> text, out int position)
    {
        for (position = 0; position < text.Length; position++)
        {
            if (text[position] >= Digits.Length || Digits[text[position]] == NoDigit) return Fault.Character;
        }

        if (text.Length % GroupChars != 0) return Fault.Length;
        for (position = 0; position < text.Length; position += GroupChars)
        {
            ulong value = 0;
            foreach (var character in text.Slice(position, GroupChars)) value = value * Base + Digits[character];
            if (value > uint.MaxValue) return Fault.Overflow;
        }

        return Fault.None;
    }

    private static string Describe(Fault fault, int position, int length) => fault switch
    {
        Fault.Length => $"Z85 text has a multiple of {GroupChars} characters; this has {length}. Check that it was copied whole.",
        Fault.Character =>
            $"The character at position {position} (counted from 0) is not in the Z85 alphabet. " +
            "Check for quotes, white space and line breaks.",
        _ =>
            $"The {GroupChars} characters from position {position} (counted from 0) stand for a value above 2^32-1. " +
            "Check that the text was copied right.",
    };

    // Everything was checked and sized before.
    private static InvalidOperationException Unexpected() => new("The base-85 codec did not convert what it must be able to convert.");

    private static byte[] MakeDigits()
    {
        var digits = new byte['~' + 1];
        Array.Fill(digits, NoDigit);
        for (var i = 0; i < Alphabet.Length; i++) digits[Alphabet[i]] = (byte)i;
        return digits;
    }
}
