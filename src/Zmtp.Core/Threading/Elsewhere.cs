using System.Runtime.CompilerServices;

namespace Zmtp.Threading;

/// <summary>
/// Awaits a step begun on a thread that must not be held up: what follows runs on another thread, on the pool if the step is already
/// complete. Except after a ThreadInterruptedException, which is handled on the thread that was interrupted.
/// </summary>
internal static class Elsewhere
{
    public static ConfiguredTaskAwaitable GoOnElsewhere(this Task part) => part.ConfigureAwait(How(part));

    public static ConfiguredTaskAwaitable<T> GoOnElsewhere<T>(this Task<T> part) => part.ConfigureAwait(How(part));

    private static ConfigureAwaitOptions How(Task part) =>
        part is { IsFaulted: true, Exception.InnerException: ThreadInterruptedException } ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.ForceYielding;
}
