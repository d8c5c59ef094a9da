namespace Zmtp.Perf.Cases;

/// <summary>
/// What PUB sends before the messages that count, and tells apart from them by size: one by one, until every SUB has received something,
/// and before that many, to warm up. Only halves of one program exchange them; those of others would take them for messages.
/// </summary>
internal static class SyncMessage
{
    private static readonly byte[] Empty = [];
    private static readonly byte[] OneOctet = [0];

    public static byte[] For(int size) => size == 0 ? OneOctet : Empty;

    public static byte[] WarmupFor(int size) => NumberedBody.New(WarmupLength(size));

    /// <summary>Neither the size of what counts nor that of the sync message, and as good as the former.</summary>
    public static int WarmupLength(int size) => size + 2;
}
