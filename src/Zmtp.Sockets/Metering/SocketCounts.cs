namespace Zmtp.Sockets.Metering;

/// <summary>What sockets of one type count, together.</summary>
/// <param name="Made">How many of them there are or were.</param>
/// <param name="Open">How many of them are there.</param>
/// <param name="Unsent">The sum of <see cref="SendingSocket.UnsentCount"/>.</param>
/// <param name="Dropped">The sum of <see cref="SendingSocket.DroppedCount"/>.</param>
internal readonly record struct SocketCounts(long Made, long Open, long Unsent, long Dropped)
{
    public static SocketCounts operator +(SocketCounts one, SocketCounts other) =>
        new(one.Made + other.Made, one.Open + other.Open, one.Unsent + other.Unsent, one.Dropped + other.Dropped);
}
