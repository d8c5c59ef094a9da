using System.Runtime.InteropServices;

namespace Zmtp.Perf;

/// <summary>
/// The number that --verify puts into the first octets of a message, in the machine's own order as in the other implementations.
/// </summary>
internal static class SequenceNumber
{
    public static bool Fits(int size) => size >= sizeof(long);

    public static void Write(Span<byte> body, long number) => MemoryMarshal.Write(body, number);

    /// <exception cref="MeasurementException">Another message was expected here.</exception>
    public static void Check(ReadOnlySpan<byte> body, long expected)
    {
        var number = MemoryMarshal.Read<long>(body);
        if (number == expected) return;
        throw new MeasurementException($"message {number} came where {expected} was expected: lost or out of order");
    }
}
