namespace Zmtp.Perf.Cases;

/// <summary>
/// What PUB repeats until every SUB has received something, and SUB does not count: a message of another size than those that count.
/// Only our own halves exchange it; another implementation would take it for a message.
/// </summary>
internal static class SyncMessage
{
    private static readonly byte[] Empty = [];
    private static readonly byte[] OneOctet = [0];

    public static byte[] For(int size) => size == 0 ? OneOctet : Empty;
}
