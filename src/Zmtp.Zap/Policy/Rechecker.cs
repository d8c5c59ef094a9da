using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// Asks about the peers that are connected, in the background, whenever something has changed that they may rest on. One pass at a
/// time; changes that come during a pass are met by the next one. Safe on any thread.
/// </summary>
/// <remarks>
/// <para>
/// A pass asks about a few peers at a time and then gives its thread back, so that handshakes are not held up by thousands of peers.
/// </para>
/// <para>
/// Peers for whom something slow has to be asked do not hold up the others, and a store or policy that is late for all of a few peers is
/// not asked about the rest of its peers in this pass.
/// </para>
/// <para>
/// A peer that could not be asked about stays, and is asked about again after a while: a store that cannot be read must not empty the
/// house. New peers are refused meanwhile.
/// </para>
/// </remarks>
internal sealed class Rechecker : IDisposable
{
    private const int PeersAtOnce = 16;

    private readonly Lock _gate = new();
    private readonly LivePeers _peers;
    private readonly Func<LivePeer, bool, object?> _waitsFor;
    private readonly Func<LivePeer, bool, CancellationToken, ValueTask<Recheck>> _recheck;
    private readonly AuthenticatorLog _log;
    private readonly TimeSpan _interval;
    private readonly ITimer _again;
    private readonly CancellationTokenSource _stop = new();
    private long _generation;
    private Task _passes = Task.CompletedTask;
    private bool _isWanted;
    private bool _isRunning;
    private bool _isDisposed;

    /// <param name="peers">Who is there.</param>
    /// <param name="waitsFor">What has to be waited for in order to ask about one of them; null for nothing.</param>
    /// <param name="recheck">Asks about one of them by what holds now; the flag says whether the application's policies are asked.</param>
    /// <param name="log">Hears what came of it.</param>
    /// <param name="interval">How long until those are asked about again who could not be asked about.</param>
    /// <param name="time">The clock of that.</param>
    public Rechecker(
        LivePeers peers,
        Func<LivePeer, bool, object?> waitsFor,
        Func<LivePeer, bool, CancellationToken, ValueTask<Recheck>> recheck,
        AuthenticatorLog log,
        TimeSpan interval,
        TimeProvider time)
    {
        _peers = peers;
        _waitsFor = waitsFor;
        _recheck = recheck;
        _log = log;
        _interval = interval;
        _again = time.CreateTimer(
            static me => ((Rechecker)me!).Want(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Counts the changes. Whoever decides about a peer reads it before, and after the peer is counted in: when it has moved, a pass may have
    /// missed the peer, which was judged by what held before.
    /// </summary>
    public long Generation => Interlocked.Read(ref _generation);

    /// <summary>Something has changed, and the change is in force.</summary>
    public void OnChanged()
    {
        Interlocked.Increment(ref _generation);
        Want();
    }

    /// <summary>Asks for a pass that begins after this call.</summary>
    public void Want()
    {
        lock (_gate)
        {
            _isWanted = true;
            if (_isRunning || _isDisposed) return;
            _isRunning = true;
            _passes = Task.Run(RunAsync);
        }
    }

    /// <summary>Completes when every pass that was asked for before has been made. For tests.</summary>
    public Task SettledAsync()
    {
        lock (_gate) return _passes;
    }

    /// <summary>Asks about everybody now.</summary>
    /// <returns>How many may not stay.</returns>
    public async Task<int> PassAsync(bool asksPolicies, CancellationToken cancellationToken)
    {
        var peers = _peers.Snapshot();
        var pass = new RecheckPass();
        var groups = peers.ToLookup(peer => _waitsFor(peer, asksPolicies));
        await PassAsync(groups[null], asksPolicies, pass, cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(groups.Where(static group => group.Key is not null).Select(
            group => PassAsync(group, asksPolicies, pass, cancellationToken))).ConfigureAwait(false);
        _log.Rechecked(peers.Length, pass.Ended);
        if (pass.Failed > 0)
        {
            AskAgainLater();
            _log.RecheckFailed(pass.Failed, _interval, pass.Problem);
        }

        return pass.Ended;
    }

    /// <summary>Stops. Those who are there stay.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
        }

        _again.Dispose();
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            CancellationToken stop;
            lock (_gate)
            {
                _isRunning = _isWanted && !_isDisposed;
                if (!_isRunning) return;
                _isWanted = false;
                stop = _stop.Token;
            }

            try
            {
                await PassAsync(asksPolicies: false, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The authenticator is disposed of.
            }
#pragma warning disable CA1031 // A logger of the application may throw; the next change must find this loop at work all the same.
            catch (Exception)
#pragma warning restore CA1031
            {
                AskAgainLater();
            }
        }
    }

    private async Task PassAsync(IEnumerable<LivePeer> peers, bool asksPolicies, RecheckPass pass, CancellationToken cancellationToken)
    {
        Recheck[] late = [];
        foreach (var some in peers.Chunk(PeersAtOnce))
        {
            // Nobody of the last few was answered for in time: to wait as long for each of the others would take for ever.
            if (late.Length > 0)
            {
                pass.Add(late[0], some.Length);
                continue;
            }

            var rechecks = await Task.WhenAll(some.Select(peer => AskAsync(peer, asksPolicies, cancellationToken))).ConfigureAwait(false);
            for (var i = 0; i < some.Length; i++)
            {
                if (rechecks[i].Revoked is { } reason) pass.AddEnded(some[i].Admission.Revoke(reason));
                else pass.Add(rechecks[i], 1);
            }

            if (Array.TrueForAll(rechecks, static recheck => recheck.IsLate)) late = rechecks;
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    private async Task<Recheck> AskAsync(LivePeer peer, bool asksPolicies, CancellationToken cancellationToken)
    {
        try
        {
            return await _recheck(peer, asksPolicies, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a store throws, the peer stays; the log says what it was.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Recheck.Fails(error.Message);
        }
    }

    private void AskAgainLater()
    {
        lock (_gate)
        {
            if (!_isDisposed) _again.Change(_interval, Timeout.InfiniteTimeSpan);
        }
    }
}
