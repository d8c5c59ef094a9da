using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Zmtp.Mechanisms;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// Decides by address, password and certificate who may come in: what CZMQ's zauth does, with a policy for each domain and CIDR. Safe on
/// any thread; every method may be called while requests are answered, and holds for the requests that come after it.
/// </summary>
/// <remarks>
/// <para>
/// At the start NULL is let in, PLAIN and CURVE are refused. The address is judged first, then what the mechanism asks for; an
/// address that is allowed still needs its password or certificate.
/// </para>
/// <para>
/// Each mechanism looks for a policy of the request's domain and then for that of "*", which stands for all domains without one of
/// their own (the empty domain among them).
/// </para>
/// <para>Dispose ends the watch of the directories that it opened itself.</para>
/// </remarks>
public sealed class Authenticator : IAuthenticator, IDisposable
{
    private readonly Lock _changing = new();
    private readonly AuthenticatorLog _log;
    private readonly ILogger _logger;
    private Policies _policies = Policies.Start;
    private volatile bool _isDisposed;

    /// <summary>Creates an authenticator in its starting state: NULL is let in, PLAIN and CURVE are refused.</summary>
    /// <param name="logger">
    /// Hears of requests and verdicts as <see cref="Verbose"/> says; null for silence. Refusals are no warnings here, because the socket
    /// that asked writes one for each, with the same reason.
    /// </param>
    public Authenticator(ILogger? logger = null)
    {
        _logger = logger ?? NullLogger.Instance;
        _log = new AuthenticatorLog(_logger);
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

    /// <summary>
    /// Allows addresses in all domains. Once one is allowed, all others are refused, peers without an address (ipc, inproc) among them.
    /// Adds to earlier calls.
    /// </summary>
    /// <param name="addresses">IPv4 or IPv6 addresses, or CIDR blocks. ::ffff:a.b.c.d is the same as a.b.c.d.</param>
    /// <exception cref="ArgumentException">A text is neither; names are not looked up. Nothing has changed.</exception>
    public void Allow(params string[] addresses) => Change(addresses, (p, ranges) => p with { Everywhere = p.Everywhere.Allow(ranges) });

    /// <summary>Denies addresses in all domains, even those that are allowed. Adds to earlier calls.</summary>
    /// <param name="addresses">As for <see cref="Allow"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void Deny(params string[] addresses) => Change(addresses, (p, ranges) => p with { Everywhere = p.Everywhere.Deny(ranges) });

    /// <summary>
    /// Allows addresses in one domain. A peer must pass the lists for all domains and the lists of its domain: where both allow some,
    /// it must be in both.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without lists of their own.</param>
    /// <param name="addresses">As for <see cref="Allow"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void AllowIn(string domain, params string[] addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.Allow(ranges));

    /// <summary>Denies addresses in one domain, even those that are allowed.</summary>
    /// <param name="domain">The domain, or "*" for those without lists of their own.</param>
    /// <param name="addresses">As for <see cref="Allow"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void DenyIn(string domain, params string[] addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.Deny(ranges));

    /// <summary>
    /// Says whether peers without any credentials (NULL) may come in, once their address has passed. At the start they may.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="allow">False refuses them.</param>
    public void ConfigureNull(string domain, bool allow = true)
    {
        ArgumentNullException.ThrowIfNull(domain);
        Change(policies => policies with { Null = policies.Null.With(domain, allow) });
    }

    /// <summary>Checks PLAIN by a file of names and passwords (see <see cref="PasswordFile"/>). The user id is the user name.</summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="passwordFile">The file's path. It need not exist yet; until it does nobody is let in by it.</param>
    public void ConfigurePlain(string domain, string passwordFile) => ConfigurePlain(domain, new PasswordFile(passwordFile, _logger));

    /// <summary>Checks PLAIN by a store. The user id is the user name.</summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="store">Knows the passwords; not disposed of.</param>
    public void ConfigurePlain(string domain, IPasswordStore store)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentNullException.ThrowIfNull(store);
        Change(policies => policies with { Plain = policies.Plain.With(domain, store) });
    }

    /// <summary>
    /// Lets in every CURVE client, whichever key it has. The user id is the client's key in Z85, so that clients can be told apart.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="clients"><see cref="CurveClients.AllowAny"/>: said by name, because it lets strangers in.</param>
    /// <exception cref="ArgumentException">Another value: this is the authenticator that it would ask.</exception>
    public void ConfigureCurve(string domain, CurveClients clients)
    {
        if (clients != CurveClients.AllowAny)
        {
            throw new ArgumentException("Use CurveClients.AllowAny, or give a certificate store or directory.", nameof(clients));
        }

        ConfigureCurve(domain, new CurvePolicy(null, IsOwned: false));
    }

    /// <summary>
    /// Checks CURVE clients by a store. The user id is the client's key in Z85, and the certificate's metadata come with every message (see
    /// <see cref="ZapMetadata.FromCertificate"/>).
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="store">Knows the clients; not disposed of.</param>
    public void ConfigureCurve(string domain, ICertificateStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        ConfigureCurve(domain, new CurvePolicy(store, IsOwned: false));
    }

    /// <summary>Checks CURVE clients by a directory of public certificates (see <see cref="CertificateStore"/>).</summary>
    /// <param name="domain">The domain, or "*" for those without a policy of their own.</param>
    /// <param name="directory">The directory. It need not exist yet; until it does nobody is let in by it.</param>
    public void ConfigureCurve(string domain, string directory)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ConfigureCurve(domain, new CurvePolicy(CertificateStore.Open(directory, _logger), IsOwned: true));
    }

    /// <summary>Decides about one peer.</summary>
    /// <param name="request">The facts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>
    /// 200, 400, or 500 when a store failed. The text says what to check, and is what the server's socket logs; the client is told the code
    /// only.
    /// </returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        _log.Request(request);
        while (true)
        {
            var policies = Volatile.Read(ref _policies);
            try
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                var result = await Judge.DecideAsync(policies, request, cancellationToken).ConfigureAwait(false);
                _log.Verdict(request, result);
                return result;
            }
            catch (ObjectDisposedException) when (policies != Volatile.Read(ref _policies))
            {
                // The store was replaced by another while it was being asked: ask the other one.
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
#pragma warning disable CA1031 // Whatever a store throws refuses the peer; the log says what it was.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _log.Failure(request, error);
                return AuthenticationResult.InternalError(
                    $"A store or a policy failed: {ZapText.ToPrintable(error.Message)} Check its files, or whatever it asks.");
            }
        }
    }

    /// <summary>Ends the watch of the directories that were opened by path. From now on every request is answered with 500.</summary>
    public void Dispose()
    {
        lock (_changing)
        {
            _isDisposed = true;
            foreach (var policy in _policies.Curve.Values) DisposeIfOwned(policy);
        }
    }

    private static void DisposeIfOwned(CurvePolicy policy)
    {
        if (policy.IsOwned) (policy.Store as IDisposable)?.Dispose();
    }

    private void ConfigureCurve(string domain, CurvePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(domain);
        CurvePolicy? replaced = null;
        Change(policies =>
        {
            policies.Curve.TryGetOwn(domain, out replaced);
            return policies with { Curve = policies.Curve.With(domain, policy) };
        });
        if (replaced is not null) DisposeIfOwned(replaced);
    }

    private void ChangeIn(string domain, string[] addresses, Func<AddressRules, AddressRange[], AddressRules> change)
    {
        ArgumentNullException.ThrowIfNull(domain);
        Change(addresses, (policies, ranges) =>
        {
            var rules = policies.Addresses.TryGetOwn(domain, out var own) ? own : AddressRules.None;
            return policies with { Addresses = policies.Addresses.With(domain, change(rules, ranges)) };
        });
    }

    private void Change(string[] addresses, Func<Policies, AddressRange[], Policies> change)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var ranges = Array.ConvertAll(addresses, AddressRange.Parse);
        Change(policies => change(policies, ranges));
    }

    private void Change(Func<Policies, Policies> change)
    {
        lock (_changing)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Volatile.Write(ref _policies, change(_policies));
        }
    }
}
