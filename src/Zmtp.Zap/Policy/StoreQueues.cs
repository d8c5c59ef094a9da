using System.Runtime.CompilerServices;

namespace Zmtp.Zap;

/// <summary>
/// A bounded queue for each store that is asked: one that hangs for good keeps its places, and they must be no other store's. It is the same
/// one wherever and however often the store is configured. Holds no store. Safe on any thread.
/// </summary>
/// <param name="what">As for <see cref="CheckQueue"/>.</param>
/// <param name="limits">What holds for each.</param>
/// <param name="time">The clock of the time limit.</param>
/// <param name="log">Hears what a store throws when it is told to give up.</param>
/// <remarks>How many hashes are computed at once is bounded for all stores together, by <see cref="PasswordWork"/>.</remarks>
internal sealed class StoreQueues(string what, CheckLimits limits, TimeProvider time, AuthenticatorLog log)
{
    private readonly ConditionalWeakTable<object, CheckQueue> _queues = [];

    /// <summary>The queue of a store.</summary>
    public CheckQueue Of(object store) => _queues.GetValue(store, _ => new CheckQueue(what, limits, time, log));
}
