using System.Runtime.CompilerServices;

namespace Zmtp.Threading;

/// <summary>
/// How a part is awaited that is begun on a thread which is to go its way: what follows runs elsewhere, also where the part is over by the time
/// that thread looks. Unless the thread was interrupted in it: that is for the thread's next wait to hear of, so it is to be dealt with there.
/// </summary>
internal static class Elsewhere
{
    public static ConfiguredTaskAwaitable GoOnElsewhere(this Task part) => part.ConfigureAwait(How(part));

    public static ConfiguredTaskAwaitable<T> GoOnElsewhere<T>(this Task<T> part) => part.ConfigureAwait(How(part));

    private static ConfigureAwaitOptions How(Task part) =>
        part is { IsFaulted: true, Exception.InnerException: ThreadInterruptedException } ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.ForceYielding;
}
