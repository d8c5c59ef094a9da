namespace Zmtp.Engine;

/// <summary>
/// Limits how many handshakes of the whole process may be in the middle of a long command. What has come of a command is held until all of
/// it is there, and a peer may take the whole handshake time for it before it has said who it is; the others cost no more than the receive
/// buffer's first array or two.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal static class LongCommands
{
    /// <summary>
    /// How many handshakes of the process may have received more than <see cref="FreeLength"/> of a command, and not all of it.
    /// </summary>
    public const int MaxAtOnce = 64;

    /// <summary>Octets up to which a command needs no place: READY and INITIATE with generous metadata are some hundred octets.</summary>
    public const int FreeLength = 4 * 1024;

    private static int _taken;

    /// <summary>Takes a place. False: there is none. Otherwise <see cref="GiveBack"/> has to follow, once.</summary>
    public static bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= MaxAtOnce) return true;
        GiveBack();
        return false;
    }

    public static void GiveBack() => Interlocked.Decrement(ref _taken);
}
