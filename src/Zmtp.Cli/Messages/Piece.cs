namespace Zmtp.Cli.Messages;

/// <summary>
/// How much of a frame is shown at once: a message may have a large part of what memory there is, and what it looks like has several times its size.
/// </summary>
internal static class Piece
{
    /// <summary>The most octets of a piece.</summary>
    public const int Size = 16 * 1024;

    // A character of UTF-8 has four octets at most; all but its first are of this kind, and none of those is.
    private const int MostContinuations = 3;

    /// <summary>
    /// How many octets the first piece of a frame has: one that, decoded by itself, gives what it gives in its frame, be it UTF-8 or not.
    /// </summary>
    public static int LengthOf(ReadOnlySpan<byte> frame)
    {
        if (frame.Length <= Size) return frame.Length;
        var length = Size;
        while (Size - length < MostContinuations && IsContinuation(frame[length])) length--;

        // Where there are more of them than a character can have, the last ones belong to none.
        return IsContinuation(frame[length]) ? Size : length;
    }

    private static bool IsContinuation(byte octet) => (octet & 0xC0) == 0x80;
}
