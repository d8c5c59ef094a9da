namespace Zmtp.Perf;

/// <summary>
/// Which messages have come, where they come by several connections and so not in their order: none of them twice, and none that was not sent.
/// If as many come as are sent, nothing is lost.
/// </summary>
/// <param name="sent">How many are sent; <see cref="long.MaxValue"/> if nobody knows.</param>
internal sealed class Arrivals(long sent)
{
    /// <summary>How far a message may be ahead of those that have come: more cannot wait on any way, so it is no number of a message.</summary>
    private const long MaxAhead = 1L << 30;

    private const int BitsInWord = 64;

    private ulong[] _words = new ulong[1024];
    private long _come;

    /// <exception cref="MeasurementException">It has come before, or was not sent.</exception>
    public void Note(long number)
    {
        if (number < 0 || number >= sent || number - _come > MaxAhead) throw new MeasurementException($"message {number} came, which was not sent");
        var index = number / BitsInWord;
        var bit = 1UL << (int)(number % BitsInWord);
        if (index >= _words.Length) Array.Resize(ref _words, (int)Math.Max(index + 1, _words.Length * 2L));
        if ((_words[index] & bit) != 0) throw new MeasurementException($"message {number} came twice");
        _words[index] |= bit;
        _come++;
    }
}
