using System.Net;
using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>
/// Connects to the first of several addresses that answers ("happy eyeballs", RFC 8305): each has a head start before the next one, so that one which
/// is dead, as IPv6 may be on the way, costs that and not the whole time of the attempt.
/// </summary>
internal static class AddressRace
{
    /// <summary>
    /// How many addresses are tried at once, each with a descriptor. Hardly a name has more; and of the ten seconds of an attempt those of a name with
    /// three hundred dead ones have one each, in which a peer that is far away answers as well.
    /// </summary>
    public const int MaxAtOnce = 32;

    /// <summary>The head start that RFC 8305 recommends, section 5, and the least that it allows.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LeastHeadStart = TimeSpan.FromMilliseconds(10);

    /// <summary>The head start that lets each address have its turn.</summary>
    /// <param name="share">What each has of the time for all; null without a limit.</param>
    public static TimeSpan HeadStartOf(TimeSpan? share) =>
        share is not { } time || time > HeadStart ? HeadStart : time < LeastHeadStart ? LeastHeadStart : time;

    /// <summary>
    /// How long an address may try where others wait for it to end, so that each has its turn within the time; null where none waits, or where there is
    /// no limit but the system's.
    /// </summary>
    /// <param name="share">As for <see cref="HeadStartOf"/>.</param>
    /// <param name="addresses">How many there are.</param>
    /// <param name="maxAtOnce">How many are tried at once.</param>
    public static TimeSpan? TurnOf(TimeSpan? share, int addresses, int maxAtOnce) => addresses > maxAtOnce ? share * maxAtOnce : null;

    /// <summary>Connects. When it ends nothing of it is left but the connection.</summary>
    /// <param name="addresses">At least one, in the order of preference.</param>
    /// <param name="connect">Connects to one of them.</param>
    /// <param name="maxAtOnce">How many are tried at once; the next one waits for one of them to end.</param>
    /// <param name="headStart">What each has before the next one, unless one fails before.</param>
    /// <param name="time">What the head start goes by.</param>
    /// <param name="limit">The time for all of them, and the caller's token.</param>
    /// <exception cref="SocketException">None answered: the error of the last address.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up, or the last address did not answer in its time.</exception>
    public static async Task<TransportConnection> ConnectAsync(
        IPAddress[] addresses,
        Func<IPAddress, CancellationToken, Task<TransportConnection>> connect,
        int maxAtOnce,
        TimeSpan headStart,
        TimeProvider time,
        ConnectTimeLimit limit)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        var open = new List<Task<TransportConnection>>();
        Task<TransportConnection>? latest = null, last = null;
        try
        {
            for (var begun = 0; last is null && begun < addresses.Length; begun++)
            {
                limit.Token.ThrowIfCancellationRequested();
                latest = connect(addresses[begun], stop.Token);
                open.Add(latest);
                if (open.Count >= maxAtOnce) await Task.WhenAny(open).ConfigureAwait(false);
                else if (!latest.IsCompleted) await WaitAsync(Task.WhenAny(open), headStart, time).ConfigureAwait(false);
                last = TakeEnded(open);
            }

            while (last is null && open.Count > 0)
            {
                await Task.WhenAny(open).ConfigureAwait(false);
                last = TakeEnded(open);
            }

            last ??= latest!;

            // A caller that gives up is told that, and not what was wrong with the last address.
            if (!last.IsCompletedSuccessfully) limit.Caller.ThrowIfCancellationRequested();
            return await last.ConfigureAwait(false);
        }
        finally
        {
            await CallOffAsync(open, stop).ConfigureAwait(false);
        }
    }

    // Whatever has failed is forgotten: a name may have thousands of addresses, and each step looks at all that are open.
    private static Task<TransportConnection>? TakeEnded(List<Task<TransportConnection>> open)
    {
        for (var i = 0; i < open.Count;)
        {
            var attempt = open[i];
            if (!attempt.IsCompleted)
            {
                i++;
                continue;
            }

            open.RemoveAt(i);
            if (EndsTheRace(attempt)) return attempt;
        }

        return null;
    }

    /// <summary>Whether an attempt is the last: it has succeeded, or failed for a reason that has nothing to do with its address.</summary>
    private static bool EndsTheRace(Task<TransportConnection> attempt) =>
        attempt.IsCompletedSuccessfully || (attempt.IsFaulted && attempt.Exception.InnerException is not SocketException);

    private static async ValueTask WaitAsync(Task end, TimeSpan headStart, TimeProvider time) =>
        await end.WaitAsync(headStart, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static async ValueTask CallOffAsync(List<Task<TransportConnection>> attempts, CancellationTokenSource stop)
    {
        if (attempts.Count == 0) return;
        await stop.CancelAsync().ConfigureAwait(false);
        foreach (var attempt in attempts)
        {
            await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Connected as it was called off.
            if (attempt.IsCompletedSuccessfully) await (await attempt.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }
}
