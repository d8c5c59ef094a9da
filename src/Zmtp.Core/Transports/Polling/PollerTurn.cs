using System.Runtime.CompilerServices;

namespace Zmtp.Transports.Polling;

/// <summary>How long the engine may go on for one connection on a thread that waits for the events of all.</summary>
internal static class PollerTurn
{
    /// <summary>
    /// So many octets, sent or received; then <see cref="EndAsync"/> is to be awaited. What one system call goes beyond is bounded: a chunk to be sent by the
    /// message, a receive by <see cref="SocketPipeReader.MaximumReceive"/>.
    /// </summary>
    public const int Octets = 256 * 1024;

    /// <summary>Leaves such a thread for the pool, unless others are looked after meanwhile.</summary>
    public static ConfiguredTaskAwaitable EndAsync() => Task.CompletedTask.ConfigureAwait(
        PollerThread.IsCurrent && !PollerThread.MayStay ? ConfigureAwaitOptions.ForceYielding : ConfigureAwaitOptions.None);
}
