namespace Zmtp.Engine;

/// <summary>
/// Who may be in the middle of a long command in a handshake: a few at a time in the whole process. What has come of a command is held until all of it is
/// there, and whoever takes as long for it as the handshake may has not said who he is; the others cost no more than the receive buffer's first array or
/// two.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal static class LongCommands
{
    /// <summary>Handshakes at a time, in the whole process, of whose present command so much has come, and not all.</summary>
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
