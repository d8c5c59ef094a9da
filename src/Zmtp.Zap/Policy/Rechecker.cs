namespace Zmtp.Zap;

/// <summary>
/// Asks about the peers that are connected, in the background, whenever something has changed that they may rest on. Safe on any thread.
/// </summary>
/// <remarks>
/// <para>
/// A pass asks about a few peers at a time and then gives its thread back, so that handshakes are not held up by thousands of peers.
/// </para>
/// <para>
/// Peers for which a file or a store of the application's own has to be asked have passes of their own, each store's for itself, so that a
/// slow one holds up no others. One that is late for all of a few peers is not asked about the rest of its peers in that pass; the next pass
/// begins with them.
/// </para>
/// <para>
/// A peer that could not be asked about stays, and is asked about again after a while: a store that cannot be read must not empty the
/// house. New peers are refused meanwhile.
/// </para>
/// </remarks>
internal sealed class Rechecker : IDisposable
{
    private const int PeersAtOnce = 16;

    // Stands for what is waited for where that is nothing.
    private static readonly object Memory = new();

    private readonly Lock _gate = new();
    private readonly LivePeers _peers;
    private readonly Func<LivePeer, bool, object?> _waitsFor;
    private readonly Func<LivePeer, bool, long, CancellationToken, ValueTask<Recheck>> _recheck;
    private readonly AuthenticatorLog _log;
    private readonly Func<Func<CancellationToken, Task<RecheckPass>>, RecheckLoop> _newLoop;

    // Finds out for which peers there has to be a pass, and asks about none.
    private readonly RecheckLoop _sorting;

    // By what is waited for.
    private readonly Dictionary<object, RecheckLoop> _loops = new(ReferenceEqualityComparer.Instance);
    private long _generation;
    private long _questions;
    private bool _isDisposed;

    /// <param name="peers">The connected peers.</param>
    /// <param name="waitsFor">What has to be waited for in order to ask about one of them; null for nothing.</param>
    /// <param name="recheck">
    /// Asks about one of them by what holds now; the flag says whether the application's policies are asked, the number when the pass began.
    /// </param>
    /// <param name="log">Hears what came of it.</param>
    /// <param name="interval">How long until peers that could not be asked about are asked about again.</param>
    /// <param name="time">The clock of that.</param>
    public Rechecker(
        LivePeers peers,
        Func<LivePeer, bool, object?> waitsFor,
        Func<LivePeer, bool, long, CancellationToken, ValueTask<Recheck>> recheck,
        AuthenticatorLog log,
        TimeSpan interval,
        TimeProvider time)
    {
        _peers = peers;
        _waitsFor = waitsFor;
        _recheck = recheck;
        _log = log;
        _newLoop = pass => new RecheckLoop(pass, log, interval, time);
        _sorting = _newLoop(_ =>
        {
            Sort();
            return Task.FromResult(new RecheckPass());
        });
    }

    /// <summary>
    /// Counts the changes. A decision about a peer reads it before, and after the peer is counted in: when it has moved, a pass may have
    /// missed the peer, which was judged by what held before.
    /// </summary>
    public long Generation => Interlocked.Read(ref _generation);

    /// <summary>Something has changed, and the change is in force.</summary>
    public void OnChanged()
    {
        Interlocked.Increment(ref _generation);
        Want();
    }

    /// <summary>Asks for passes that begin after this call.</summary>
    public void Want() => _sorting.Want();

    /// <summary>Asks for passes after a while.</summary>
    public void WantLater() => _sorting.WantLater();

    /// <summary>Asks about everybody once, the application's policies included.</summary>
    /// <param name="cancellationToken">Gives up; those that were not asked about yet stay.</param>
    public Task<RecheckPass> PassAsync(CancellationToken cancellationToken) =>
        PassAsync(asksPolicies: true, static _ => true, cancellationToken);

    /// <summary>Completes when every pass that was asked for before has been made. For tests.</summary>
    public async Task SettledAsync()
    {
        await _sorting.SettledAsync().ConfigureAwait(false);
        await Task.WhenAll(Loops().Select(static loop => loop.SettledAsync())).ConfigureAwait(false);
    }

    /// <summary>Stops. Connected peers stay.</summary>
    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        _sorting.Dispose();
        foreach (var loop in Loops()) loop.Dispose();
    }

    private RecheckLoop[] Loops()
    {
        lock (_gate) return [.. _loops.Values];
    }

    /// <summary>Asks for a pass of each store that has to be waited for now, and forgets the others.</summary>
    private void Sort()
    {
        var waitedFor = _peers.Snapshot().Select(peer => WaitsFor(peer, asksPolicies: false)).ToHashSet(ReferenceEqualityComparer.Instance);
        List<RecheckLoop> over = [];
        lock (_gate)
        {
            if (_isDisposed) return;
            foreach (var one in _loops.Keys.Except(waitedFor, ReferenceEqualityComparer.Instance).ToArray())
            {
                if (_loops.Remove(one!, out var loop)) over.Add(loop);
            }

            foreach (var one in waitedFor)
            {
                if (!_loops.TryGetValue(one!, out var loop))
                {
                    loop = _newLoop(stop => PassAsync(asksPolicies: false, other => ReferenceEquals(other, one), stop));
                    _loops.Add(one!, loop);
                }

                loop.Want();
            }
        }

        // Also one in the middle of a pass: whomever that asks about waits for another one now, which asks anew.
        foreach (var loop in over) loop.Dispose();
    }

    private object WaitsFor(LivePeer peer, bool asksPolicies) => _waitsFor(peer, asksPolicies) ?? Memory;

    private async Task<RecheckPass> PassAsync(bool asksPolicies, Func<object, bool> isAsked, CancellationToken cancellationToken)
    {
        var pass = new RecheckPass();
        var groups = _peers.Snapshot()
            .ToLookup(peer => WaitsFor(peer, asksPolicies), ReferenceEqualityComparer.Instance)
            .Where(group => isAsked(group.Key!))
            .Select(group => PassAsync(group, asksPolicies, pass, cancellationToken));
        await Task.WhenAll(groups).ConfigureAwait(false);
        if (pass.Asked > 0) _log.Rechecked(pass.Asked, pass.Ended);
        if (pass.FirstFailed is { } first) _log.RecheckFailed(pass.Failed, first.Facts, pass.Problem);
        if (pass.UnendedBy is { } error) _log.RevokeFailed(pass.Unended, error);
        return pass;
    }

    private async Task PassAsync(IEnumerable<LivePeer> peers, bool asksPolicies, RecheckPass pass, CancellationToken cancellationToken)
    {
        Recheck[] late = [];

        // First the peers that have waited longest: else the same few, for which a store is always late, would keep the others from their
        // turn.
        foreach (var some in peers.OrderBy(static peer => peer.LastAsked).Chunk(PeersAtOnce))
        {
            // None of the last few was answered for in time: to wait as long for each of the others would take for ever.
            if (late.Length > 0)
            {
                foreach (var peer in some) pass.Add(peer, late[0]);
                continue;
            }

            // In another order each time: a store that has no time for the last few of them would be late for the same ones in every pass.
            Random.Shared.Shuffle(some);
            var rechecks = await Task.WhenAll(some.Select(peer => AskAsync(peer, asksPolicies, pass, cancellationToken))).ConfigureAwait(false);
            for (var i = 0; i < some.Length; i++)
            {
                pass.Add(some[i], rechecks[i]);
                if (rechecks[i].Revoked is { } reason) Revoke(some[i], reason, pass);
            }

            if (Array.TrueForAll(rechecks, static recheck => recheck.IsLate)) late = rechecks;
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    /// <summary>What one peer's connection throws must not let the others stay.</summary>
    private static void Revoke(LivePeer peer, string reason, RecheckPass pass)
    {
        try
        {
            if (peer.Admission.Revoke(reason)) pass.AddEnded();
        }
#pragma warning disable CA1031 // Whatever it is: the log says so, and it is told again.
        catch (Exception error)
#pragma warning restore CA1031
        {
            pass.AddUnended(error);
        }
    }

    private async Task<Recheck> AskAsync(LivePeer peer, bool asksPolicies, RecheckPass pass, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        peer.LastAsked = Interlocked.Increment(ref _questions);

        // Its connection threw when it was told to end: the peer is not judged anew, as a pass might ask less than the one that revoked it.
        if (peer.Admission.RevocationReason is { } reason) return Recheck.Ends(reason);
        try
        {
            return await _recheck(peer, asksPolicies, pass.Began, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a store throws, the peer stays; the log says what it was.
        catch (Exception error)
#pragma warning restore CA1031
        {
            // In a pass that was given up meanwhile the error says nothing: the stores may have been disposed of.
            cancellationToken.ThrowIfCancellationRequested();
            return Recheck.Fails(error);
        }
    }
}
