using System.Runtime.CompilerServices;
using Zmtp.Security;
using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The turns of the application's authenticators: how many calls of one may be on threads at once, from wherever in the process it is asked. Up to
/// its first await; one that awaits has as many questions side by side as it likes. Each has its own, as one that hangs for good keeps its turns, and one
/// may have to wait for another's answer. Holds no authenticator. Safe on any thread.
/// </summary>
internal static class AuthenticatorTurns
{
    private static readonly ConditionalWeakTable<IAuthenticator, TurnQueue> All = [];

    /// <summary>How many there are with few processors: one that blocks waits for something else than those.</summary>
    public const int Least = 16;

    /// <summary>How many there are: each may hold a thread and its stack.</summary>
    public static int MaxAtOnce { get; } = Math.Max(Least, Environment.ProcessorCount);

    public static TurnQueue Of(IAuthenticator authenticator) =>
        All.GetValue(authenticator, static _ => new TurnQueue(MaxAtOnce, maxWaiting: int.MaxValue));
}
