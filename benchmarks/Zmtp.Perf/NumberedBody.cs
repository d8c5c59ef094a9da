using System.Runtime.InteropServices;

namespace Zmtp.Perf;

/// <summary>
/// What is sent: the number of the message in the first 8 octets, 0 in all of them unless --verify is given, and behind it the words that a generator
/// makes of it, all in the machine's own order as in the other implementations. A word for which there is not enough room is cut off, be it the number
/// itself.
/// </summary>
internal static class NumberedBody
{
    /// <summary>Those of Knuth's MMIX: each word depends on all of the one before it, and costs one multiplication.</summary>
    private const ulong Factor = 6364136223846793005;
    private const ulong Increment = 1442695040888963407;

    /// <summary>
    /// A body of message 0. Were it left as it is allocated, all pages of a large one would be one page of zeros of the system's, which stays in the
    /// processor's cache however often it is read: no application sends that.
    /// </summary>
    public static byte[] New(int size)
    {
        var body = new byte[size];
        Fill(body, 0);
        return body;
    }

    public static void Fill(Span<byte> body, long number)
    {
        var word = (ulong)number;
        var words = MemoryMarshal.Cast<byte, ulong>(body);
        foreach (ref var place in words)
        {
            place = word;
            word = Next(word);
        }

        var rest = body[(words.Length * sizeof(ulong))..];
        Octets(in word)[..rest.Length].CopyTo(rest);
    }

    /// <summary>Whether all of a body is that of a message.</summary>
    /// <exception cref="MeasurementException">It is another one's, or was changed.</exception>
    public static void Check(ReadOnlySpan<byte> body, long number)
    {
        CheckNumber(body, number);
        var word = (ulong)number;
        var words = MemoryMarshal.Cast<byte, ulong>(body);
        foreach (var found in words)
        {
            if (found != word) ThrowChanged(number);
            word = Next(word);
        }

        var rest = body[(words.Length * sizeof(ulong))..];
        if (!rest.SequenceEqual(Octets(in word)[..rest.Length])) ThrowChanged(number);
    }

    /// <summary>Only the number, if there is room for one: what else others put into their bodies, who knows.</summary>
    /// <exception cref="MeasurementException">Another message was expected here.</exception>
    public static void CheckNumber(ReadOnlySpan<byte> body, long expected)
    {
        if (!TryReadNumber(body, out var number) || number == expected) return;
        throw new MeasurementException($"message {number} came where {expected} was expected: lost or out of order");
    }

    /// <returns>Whether there is room for a number.</returns>
    public static bool TryReadNumber(ReadOnlySpan<byte> body, out long number) => MemoryMarshal.TryRead(body, out number);

    private static ulong Next(ulong word) => unchecked((word * Factor) + Increment);

    private static ReadOnlySpan<byte> Octets(ref readonly ulong word) => MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in word));

    private static void ThrowChanged(long number) =>
        throw new MeasurementException($"what came where message {number} was expected is not what was sent");
}
