namespace Zmtp.Sockets.Tests.Steady;

/// <summary>
/// What the whole process allocates while a number of messages is received, again and again in the middle of one stream: what a run costs by
/// itself, its threads and tasks, is outside.
/// </summary>
internal sealed class AllocationWindows(int messages, int windows)
{
    /// <summary>
    /// Messages before the first window, at least: what these threads need to fill the pools that each has for itself, of which
    /// <see cref="MessagePool"/> takes the most.
    /// </summary>
    private const int Lead = 150;

    private readonly long[] _at = new long[windows + 1];
    private readonly int _lead = Math.Max(Lead, messages);
    private int _count;
    private int _reached;

    /// <summary>How many messages to receive in all.</summary>
    public int Messages => _lead + (messages * windows);

    /// <summary>A message was received. By one thread at a time.</summary>
    public void OnMessage()
    {
        if (++_count >= _lead && (_count - _lead) % messages == 0) _at[_reached++] = GC.GetTotalAllocatedBytes(precise: true);
    }

    /// <summary>Octets allocated in each window.</summary>
    public long[] Allocated => [.. Enumerable.Range(0, windows).Select(i => _at[i + 1] - _at[i])];
}
