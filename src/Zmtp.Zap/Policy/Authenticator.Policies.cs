using Zmtp.Mechanisms;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <content>What each mechanism asks for, the policies of the application, and how many may come.</content>
public sealed partial class Authenticator
{
    /// <summary>
    /// Says whether peers without any credentials (NULL) may come in, once their address has passed. At the start they may. Under NULL only a
    /// socket with a <c>ZapDomain</c> asks (RFC 27), so on one without this closes nothing.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="allow">False refuses them.</param>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ConfigureNull(string domain, bool allow = true)
    {
        ArgumentNullException.ThrowIfNull(domain);
        Change(policies => policies with { Null = policies.Null.With(domain, allow) });
    }

    /// <summary>Removes what was said about NULL in a domain, which then has that of "*", or the starting state.</summary>
    /// <param name="domain">The domain, or "*".</param>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void RemoveNull(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        Change(policies => policies with { Null = policies.Null.Without(domain) });
    }

    /// <summary>Checks PLAIN by a file of names and passwords (see <see cref="PasswordFile"/>). The user id is the user name.</summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="passwordFile">The file's path. It need not exist yet; until it does nobody is let in by it.</param>
    /// <exception cref="ArgumentException">The path is empty, or holds a NUL.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ConfigurePlain(string domain, string passwordFile)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentException.ThrowIfNullOrEmpty(passwordFile);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        SetPlain(domain, new PlainPolicy(new PasswordFile(passwordFile, _logger), IsOwned: true));
    }

    /// <summary>Checks PLAIN by a store. The user id is the user name.</summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="store">
    /// Knows the passwords; not disposed of. It is asked on threads of the pool, and as many times at once as
    /// <see cref="AuthenticatorOptions.PasswordChecks"/> says. With <see cref="IVersionedPasswordStore"/> connections end when their user's
    /// entry changes.
    /// </param>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ConfigurePlain(string domain, IPasswordStore store)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentNullException.ThrowIfNull(store);
        SetPlain(domain, new PlainPolicy(store, IsOwned: false));
    }

    /// <summary>
    /// Removes the password store of a domain, which then has that of "*". Peers that came in by it are disconnected: no password is kept
    /// that another store could check.
    /// </summary>
    /// <param name="domain">The domain, or "*".</param>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void RemovePlain(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        SetPlain(domain, null);
    }

    /// <summary>
    /// Lets in every CURVE client, whichever key it has. The user id is the client's key in Z85, so that clients can be told apart.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="clients"><see cref="CurveClients.AllowAny"/>: said by name, because it lets strangers in.</param>
    /// <exception cref="ArgumentException">Another value: this is the authenticator that it would ask.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ConfigureCurve(string domain, CurveClients clients)
    {
        ArgumentNullException.ThrowIfNull(domain);
        if (clients != CurveClients.AllowAny)
        {
            throw new ArgumentException("Use CurveClients.AllowAny, or give a certificate store or directory.", nameof(clients));
        }

        SetCurve(domain, new CurvePolicy(null, IsOwned: false));
    }

    /// <summary>
    /// Checks CURVE clients by a store. The user id is the client's key in Z85, and the certificate's metadata come with every message (see
    /// <see cref="ZapMetadata.FromCertificate"/>).
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="store">
    /// Knows the clients; not disposed of. A store of the application's own is asked on threads of the pool, and as many times at once as
    /// <see cref="AuthenticatorOptions.CertificateLookups"/> says. With <see cref="IChangingStore"/> connections end when their certificate
    /// is gone.
    /// </param>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ConfigureCurve(string domain, ICertificateStore store)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentNullException.ThrowIfNull(store);
        SetCurve(domain, new CurvePolicy(store, IsOwned: false));
    }

    /// <summary>Checks CURVE clients by a directory of public certificates (see <see cref="CertificateStore"/>).</summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="directory">The directory. It need not exist yet; until it does nobody is let in by it.</param>
    /// <exception cref="ArgumentException">The path is empty, or holds a NUL.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ConfigureCurve(string domain, string directory)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentException.ThrowIfNullOrEmpty(directory);

        // Before a directory is opened, whose watch nobody would end.
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        SetCurve(domain, new CurvePolicy(CertificateStore.Open(directory, _logger), IsOwned: true));
    }

    /// <summary>
    /// Removes what was said about CURVE in a domain, which then has that of "*". Peers that would not be let in by that are disconnected.
    /// </summary>
    /// <param name="domain">The domain, or "*".</param>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void RemoveCurve(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        SetCurve(domain, null);
    }

    /// <summary>
    /// Asks the application about every peer of a domain: a database, a directory service, the time of day. It has the last word, after
    /// the address lists and, unless <see cref="PolicyOptions.InsteadOfStores"/>, after the password or certificate store.
    /// </summary>
    /// <remarks>
    /// <para>
    /// 200 lets the peer in; a user id and metadata that it gives take the place of the store's, or add to them. 300, 400 and 500 refuse
    /// the peer and mean what RFC 27 says. A policy that throws is 500, and so is more metadata, the store's included, than the 256 properties
    /// of a ZAP reply; one that takes too long or is overloaded is 300. NULL that is refused by <see cref="ConfigureNull"/> is refused before.
    /// </para>
    /// <para>
    /// It is asked about peers that are connected by <see cref="RecheckAsync"/> only, not when it is set or replaced. Where it has stood,
    /// or now stands, in place of the stores, its PLAIN peers are disconnected, because nobody can check their passwords again; and
    /// when it is removed, CURVE peers that the certificate store does not know.
    /// </para>
    /// </remarks>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="policy">
    /// Decides. Called on threads of the pool, several times at once: it should await what it waits for. One that blocks costs a thread for each
    /// call, up to <see cref="CheckLimits.MaxAtOnce"/>, which the rest of the process does not miss. Its token fires when its time is over or the
    /// handshake has ended.
    /// </param>
    /// <param name="options">What it is for and how much may be asked of it; null for <see cref="PolicyOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">A limit is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ConfigurePolicy(
        string domain, Func<PolicyRequest, CancellationToken, ValueTask<AuthenticationResult>> policy, PolicyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentNullException.ThrowIfNull(policy);
        options ??= PolicyOptions.Default;
        ArgumentNullException.ThrowIfNull(options.Limits, nameof(options));
        options.Limits.ThrowIfInvalid();
        var own = new Policy(policy, options, _options.Time, _log);
        Change(policies => policies with { Own = policies.Own.With(domain, own) });
    }

    /// <summary>Removes the application's policy of a domain, which then has that of "*".</summary>
    /// <param name="domain">The domain, or "*".</param>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void RemovePolicy(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        Change(policies => policies with { Own = policies.Own.Without(domain) });
    }

    /// <summary>
    /// Limits how many connections one address, and one user id, may have at once, all domains together. One more is answered with 300:
    /// it may come back later. Those that are up stay, also when there are more.
    /// </summary>
    /// <param name="perAddress">
    /// At most for one IPv4 address or one /64 network of IPv6, which one host may have for itself, or one link-local address (fe80::/10); null for
    /// any number, as at the start. Peers without an address (ipc) are not counted.
    /// </param>
    /// <param name="perUserId">At most for one user id; null for any number, as at the start. Peers without one are not counted.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is less than 1.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void LimitConnections(int? perAddress, int? perUserId)
    {
        var limits = Limits(perAddress, perUserId);
        Change(policies => policies with { Limits = limits });
    }

    /// <summary>
    /// As <see cref="LimitConnections"/>, for the connections of one domain. A peer must pass both. Both limits stand in place of those of
    /// "*", also where one is null; <see cref="RemoveLimitsIn"/> takes them away again.
    /// </summary>
    /// <param name="domain">The domain, or "*" for each of those without limits of their own.</param>
    /// <param name="perAddress">As for <see cref="LimitConnections"/>.</param>
    /// <param name="perUserId">As for <see cref="LimitConnections"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is less than 1.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void LimitConnectionsIn(string domain, int? perAddress, int? perUserId)
    {
        ArgumentNullException.ThrowIfNull(domain);
        var limits = Limits(perAddress, perUserId);
        Change(policies => policies with { DomainLimits = policies.DomainLimits.With(domain, limits) });
    }

    /// <summary>
    /// Removes the limits of a domain, which then has those of "*", or none. What <see cref="LimitConnections"/> says of all domains together
    /// stays. Nobody is sent away.
    /// </summary>
    /// <param name="domain">The domain, or "*".</param>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void RemoveLimitsIn(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        Change(policies => policies with { DomainLimits = policies.DomainLimits.Without(domain) });
    }

    private static ConnectionLimits Limits(int? perAddress, int? perUserId)
    {
        if (perAddress is { } addresses) ArgumentOutOfRangeException.ThrowIfLessThan(addresses, 1, nameof(perAddress));
        if (perUserId is { } userIds) ArgumentOutOfRangeException.ThrowIfLessThan(userIds, 1, nameof(perUserId));
        return new ConnectionLimits(perAddress, perUserId);
    }

    private void SetPlain(string domain, PlainPolicy? policy)
    {
        PlainPolicy? replaced = null;
        ChangeStores(policy?.Store, policy is { IsOwned: true }, policies =>
        {
            policies.Plain.TryGetOwn(domain, out replaced);
            return policies with { Plain = policy is null ? policies.Plain.Without(domain) : policies.Plain.With(domain, policy) };
        });
        if (replaced is not null) DisposeIfOwned(replaced.Store, replaced.IsOwned);
    }

    private void SetCurve(string domain, CurvePolicy? policy)
    {
        CurvePolicy? replaced = null;
        ChangeStores(policy?.Store, policy is { IsOwned: true }, policies =>
        {
            policies.Curve.TryGetOwn(domain, out replaced);
            return policies with { Curve = policy is null ? policies.Curve.Without(domain) : policies.Curve.With(domain, policy) };
        });
        if (replaced is not null) DisposeIfOwned(replaced.Store, replaced.IsOwned);
    }

    /// <summary>Makes a change that brings a store.</summary>
    private void ChangeStores(object? store, bool isOwned, Func<Policies, Policies> change)
    {
        try
        {
            Change(change);
        }
        catch (ObjectDisposedException) when (_isDisposed)
        {
            // Somebody disposed of this authenticator after the store was opened: nobody else knows of it.
            DisposeIfOwned(store, isOwned);
            throw;
        }
    }
}
