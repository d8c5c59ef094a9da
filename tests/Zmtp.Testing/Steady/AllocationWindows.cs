using System.Diagnostics;

namespace Zmtp.Testing.Steady;

/// <summary>
/// What the whole process allocates while a number of messages is received, again and again in the middle of one stream: what a run costs by
/// itself, its threads and tasks, is outside.
/// </summary>
public sealed class AllocationWindows(int messages, int windows)
{
    private readonly long[] _at = new long[windows + 1];
    private readonly long[] _times = new long[windows + 1];
    private int _count;
    private int _reached;

    /// <summary>How many messages to receive: those of a window more at the start, and at the end, where the other side comes to its own.</summary>
    public int Messages => messages * (windows + 2);

    /// <summary>Octets allocated in each window.</summary>
    public long[] Allocated => [.. Enumerable.Range(0, windows).Select(i => _at[i + 1] - _at[i])];

    /// <summary>How long a window took on average.</summary>
    public TimeSpan Length => Stopwatch.GetElapsedTime(_times[0], _times[windows]) / windows;

    /// <summary>A message was received. By one thread at a time.</summary>
    public void OnMessage()
    {
        if (++_count % messages != 0 || _reached == _at.Length) return;
        _times[_reached] = Stopwatch.GetTimestamp();
        _at[_reached++] = GC.GetTotalAllocatedBytes(precise: true);
    }
}
