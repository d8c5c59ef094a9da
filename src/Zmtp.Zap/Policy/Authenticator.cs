using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// Decides by address, password, certificate and policies of the application who may come in, and who may stay: what CZMQ's zauth does,
/// with a policy for each domain, CIDR, limits, and revocation that ends connections. Safe on any thread; every method may be called
/// while requests are answered, and holds for the requests that come after it.
/// </summary>
/// <remarks>
/// <para>
/// At the start NULL is let in, PLAIN and CURVE are refused. The address is judged first, then what the mechanism asks for, then the
/// policy of the application (<see cref="ConfigurePolicy"/>), then how many connections there are; an address that is allowed still
/// needs its password or certificate.
/// </para>
/// <para>
/// Each mechanism looks for a policy of the request's domain and then for that of "*", which stands for all domains without one of
/// their own (the empty domain among them). So do the application's policies and the limits of connections, each as a whole. Of the
/// address lists those of the allowed do so; an address that is denied in "*" is denied in every domain.
/// </para>
/// <para>
/// A peer that was let in is asked about again, in the background, when an address list, a policy or a store that says when it changes
/// (<see cref="IChangingStore"/>) has changed, unless <see cref="AuthenticatorOptions.EndsRevokedPeers"/> is off: by address, by whether
/// NULL is let in, by whether its certificate is still there and its user's password entry is still the same. A peer that would no longer
/// be let in is disconnected at once, with a <see cref="ZmtpRevokedException"/> at the server's end; messages that had arrived before are
/// still delivered, what was queued for the peer is dropped. A certificate's metadata may change without that. When a store fails,
/// connected peers stay, and the log says so; a store that answers "not there" ends them, and so does a directory that has vanished.
/// </para>
/// <para>
/// That reaches connections whose sockets ask this authenticator: through the context's Use or ServeZapAsync. Under NULL without a ZAP
/// domain and under CURVE with CurveClients.AllowAny on the socket nobody is asked, nor inproc.
/// </para>
/// <para>
/// Dispose ends the watch of the directories and files that it opened itself. Connected peers stay. Methods that change what it goes by
/// then throw <see cref="ObjectDisposedException"/>, and so do the context's Use and ServeZapAsync.
/// </para>
/// </remarks>
public sealed partial class Authenticator : IAuthenticator, IDisposable
{
    private readonly Lock _changing = new();
    private readonly AuthenticatorOptions _options;
    private readonly AuthenticatorLog _log;
    private readonly ILogger _logger;
    private readonly BorrowedLogger? _borrowed;
    private readonly Judge _judge;
    private readonly LivePeers _peers = new();
    private readonly Rechecker _rechecker;
    private readonly Dictionary<IChangingStore, StoreListening> _listenings = [];
    private Policies _policies = Policies.Start;
    private volatile bool _isDisposed;

    // How often everybody was asked about by hand.
    private int _rechecks;

    /// <summary>Creates an authenticator in its starting state: NULL is let in, PLAIN and CURVE are refused.</summary>
    /// <param name="logger">
    /// Hears what is wrong with the stores that are opened by path, and of requests and verdicts as <see cref="Verbose"/> says. Null: the log
    /// of the first context with one that the authenticator is handed to, where the last 64 lines from before come too. For silence give a
    /// NullLogger. Refusals are no warnings here, because the socket that asked writes one for each, with the same reason.
    /// </param>
    public Authenticator(ILogger? logger = null)
        : this(AuthenticatorOptions.Default, logger)
    {
    }

    /// <summary>Creates an authenticator in its starting state: NULL is let in, PLAIN and CURVE are refused.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="logger">
    /// Hears what is wrong with the stores that are opened by path, and of requests and verdicts as <see cref="Verbose"/> says. Null: the log
    /// of the first context with one that the authenticator is handed to, where the last 64 lines from before come too. For silence give a
    /// NullLogger. Refusals are no warnings here, because the socket that asked writes one for each, with the same reason.
    /// </param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public Authenticator(AuthenticatorOptions options, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        _options = options;
        _borrowed = logger is null ? new BorrowedLogger() : null;
        _logger = GuardedLogger.Of(logger ?? _borrowed);
        _log = new AuthenticatorLog(_logger, options.Time);
        _judge = new Judge(options, _log);
        _rechecker = new Rechecker(
            _peers,
            (peer, asksPolicy) => Judge.WaitsFor(Volatile.Read(ref _policies), peer, asksPolicy),
            (peer, asksPolicy, began, stop) => _judge.RecheckAsync(Volatile.Read(ref _policies), peer, asksPolicy, began, stop),
            _log,
            options.RecheckInterval,
            options.Time);
    }

    /// <summary>
    /// Whether every request and verdict is logged at level Information; else at Debug. Passwords and secret keys never are. Default:
    /// false.
    /// </summary>
    public bool Verbose
    {
        get => _log.Verbose;
        set => _log.Verbose = value;
    }

    /// <summary>How many of the peers that were let in are still there.</summary>
    public int PeerCount => _peers.Count;

    /// <summary>Decides about one peer.</summary>
    /// <param name="request">The facts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>
    /// 200, with an <see cref="Admission"/> that is to be disposed of when the peer is gone; 400; 300 when something took too long, is
    /// overloaded, or there are too many connections; 500 when a store or policy failed, or this authenticator was disposed of. The text
    /// says what to check, and is what the server's socket logs; the client is told the code only.
    /// </returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        _log.Request(request);
        while (!_isDisposed)
        {
            var generation = _rechecker.Generation;
            var rechecks = Volatile.Read(ref _rechecks);
            var policies = Volatile.Read(ref _policies);
            try
            {
                var judgement = await _judge.DecideAsync(policies, request, cancellationToken).ConfigureAwait(false);

                // A store that was replaced and disposed of while it was being asked knows nobody: ask the other one, if there is one.
                var isRefused = judgement.Result.Status != AuthenticationStatus.Success;
                if (isRefused && (_isDisposed || policies != Volatile.Read(ref _policies))) continue;
                if (!isRefused)
                {
                    return await AdmitAsync(policies, request, judgement, generation, rechecks, cancellationToken).ConfigureAwait(false);
                }

                _log.Verdict(request, judgement.Result);
                return judgement.Result;
            }
            catch (ObjectDisposedException) when (_isDisposed || policies != Volatile.Read(ref _policies))
            {
                // As before.
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
#pragma warning disable CA1031 // Whatever a store or policy throws refuses the peer; the log says what it was.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _log.Failure(request, error);
                return AuthenticationResult.InternalError($"A store or a policy failed: {ZapText.ToPrintable(error.Message)}");
            }
        }

        var tooLate = AuthenticationResult.InternalError(
            "This authenticator was disposed of; dispose of it after the sockets that use it.");
        _log.Verdict(request, tooLate);
        return tooLate;
    }

    /// <summary>
    /// Asks about every connected peer now, the policies of the application included (<see cref="PolicyRequest.IsRecheck"/>), and
    /// disconnects those that may not stay. Changes of stores and policies do that by themselves, but for the policies of the
    /// application.
    /// </summary>
    /// <param name="cancellationToken">Gives up; those that were not asked about yet stay.</param>
    /// <returns>
    /// How many were disconnected. A peer stays when a store or policy fails or answers 300 or 500; the log says so, as an error once a minute. One that was
    /// just being let in is asked about alone before it is, and then refused.
    /// </returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<int> RecheckAsync(CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _rechecks);
        var pass = await _rechecker.PassAsync(cancellationToken).ConfigureAwait(false);
        if (pass.Unended > 0 && _options.EndsRevokedPeers) _rechecker.WantLater();
        return pass.Ended;
    }

    /// <summary>
    /// Ends the watch of the directories and files that were opened by path. From now on every request is answered with 500. Connected
    /// peers stay.
    /// </summary>
    public void Dispose()
    {
        lock (_changing)
        {
            if (_isDisposed) return;
            _isDisposed = true;
        }

        Listen();

        // First: a pass that is under way would tell of stores that fail. It is not waited for.
        _rechecker.Dispose();

        // What they are changes no more. Outside the gate, behind which nobody is to wait for a store.
        foreach (var policy in _policies.Curve.Values) DisposeIfOwned(policy.Store, policy.IsOwned);
        foreach (var policy in _policies.Plain.Values) DisposeIfOwned(policy.Store, policy.IsOwned);
    }

    /// <summary>An authenticator that was given no logger writes to this one from now on, unless it has one from another context.</summary>
    /// <param name="logger">A guarded logger.</param>
    internal void BorrowLogger(ILogger logger) => _borrowed?.Borrow(logger);

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    /// <summary>Completes when the changes so far have reached the connected peers. For tests.</summary>
    internal Task SettledAsync() => _rechecker.SettledAsync();

    private static void DisposeIfOwned(object? store, bool isOwned)
    {
        if (isOwned) (store as IDisposable)?.Dispose();
    }

    /// <summary>Counts a peer in that may come in, unless there are too many. Whatever is thrown, it does not stay counted.</summary>
    private async ValueTask<AuthenticationResult> AdmitAsync(
        Policies policies, AuthenticationRequest request, Judgement judgement, long generation, int rechecks, CancellationToken cancellationToken)
    {
        // The policy's own, if it has one; then ours, which ends that one too.
        var admission = judgement.Result.Admission;
        try
        {
            var peer = new LivePeer(request, judgement, _peers.Remove);
            admission = peer.Admission;
            var result = _peers.TryAdd(peer, policies.Limits, policies.LimitsOf(request.Domain)) is { } reason
                ? AuthenticationResult.TemporaryError(reason)
                : AuthenticationResult.Success(peer.UserId, judgement.Result.Metadata, admission);
            if (result.Status == AuthenticationStatus.Success)
            {
                // Something changed while this peer was judged, and the pass that followed may not have seen it yet.
                if (generation != _rechecker.Generation && _options.EndsRevokedPeers) _rechecker.Want();
                if (rechecks != Volatile.Read(ref _rechecks))
                {
                    result = await MakeUpForRecheckAsync(peer, result, cancellationToken).ConfigureAwait(false);
                }
            }

            _log.Verdict(request, result);
            if (result.Status != AuthenticationStatus.Success) admission.Dispose();
            return result;
        }
        catch
        {
            admission?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// All peers were asked about by hand while this one was judged, except this one, which was not there yet: it is asked about alone.
    /// Once is enough, however often that is done: from now on every pass finds it.
    /// </summary>
    private async ValueTask<AuthenticationResult> MakeUpForRecheckAsync(
        LivePeer peer, AuthenticationResult result, CancellationToken cancellationToken)
    {
        var policies = Volatile.Read(ref _policies);
        var now = Stopwatch.GetTimestamp();
        var recheck = await _judge.RecheckAsync(policies, peer, asksPolicy: true, now, cancellationToken).ConfigureAwait(false);
        if (recheck == Recheck.Stays) return result;
        if (recheck.Revoked is { } reason) return AuthenticationResult.Denied(reason);

        // A connected peer would stay here; but this one is not connected yet.
        return recheck.IsLate
            ? AuthenticationResult.TemporaryError(recheck.Failed!)
            : AuthenticationResult.InternalError(recheck.Failed!);
    }

    private void Change(Func<Policies, Policies> change)
    {
        Policies before, next;
        lock (_changing)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            before = _policies;
            next = change(before);
            Volatile.Write(ref _policies, next);
        }

        if (!_options.EndsRevokedPeers) return;

        // Before anybody is listened to: that may hang, and the change is in force.
        _rechecker.OnChanged();
        if (before.Plain == next.Plain && before.Curve == next.Curve) return;
        try
        {
            Listen();
        }
        finally
        {
            // And after that: what a store changed before it was listened to is found by the pass that this asks for.
            _rechecker.OnChanged();
        }
    }

    /// <summary>Listens to the stores that are configured now and to no others.</summary>
    private void Listen()
    {
        List<StoreListening> over = [];
        StoreListening[] current;
        lock (_changing)
        {
            HashSet<IChangingStore> stores = _isDisposed ? [] : [.. _policies.ChangingStores];
            foreach (var store in stores) _listenings.TryAdd(store, new StoreListening(store, OnStoreChanged, _log));
            foreach (var store in _listenings.Keys.Except(stores).ToArray())
            {
                if (_listenings.Remove(store, out var listening)) over.Add(listening);
            }

            current = [.. _listenings.Values];
        }

        // A store that could not be listened to is tried again, as this is the next change.
        foreach (var listening in current) listening.Begin();
        foreach (var listening in over) listening.End();
    }

    private void OnStoreChanged(object? sender, EventArgs e) => _rechecker.OnChanged();
}
