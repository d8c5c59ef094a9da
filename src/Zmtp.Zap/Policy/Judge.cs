using System.Text;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Zap;

/// <summary>
/// Applies policies to a request: the address lists, then what the mechanism asks for, then the policy of the application. The texts are
/// for our own log; clients are told the code only. Safe on any thread.
/// </summary>
internal sealed class Judge(AuthenticatorOptions options, AuthenticatorLog log)
{
    private readonly StoreQueues _passwords = new("The password store", options.PasswordChecks, options.Time, log);

    // Which version an entry has costs no hash, and must not wait for those of strangers.
    private readonly StoreQueues _versions = new("The password store", options.CertificateLookups, options.Time, log);
    private readonly StoreQueues _lookups = new("The certificate store", options.CertificateLookups, options.Time, log);

    public async ValueTask<Judgement> DecideAsync(Policies policies, AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (policies.CheckAddress(request.Domain, request.Address) is { } reason) return Denied(reason);
        if (FaultOf(request) is { } fault) return Denied(fault);
        policies.Own.TryGet(request.Domain, out var policy);
        var judgement = await DecideByStoresAsync(policies, policy, request, cancellationToken).ConfigureAwait(false);
        return policy is null || judgement.Result.Status != AuthenticationStatus.Success
            ? judgement
            : await AskAsync(policy, request, judgement, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks about a peer that is connected.</summary>
    /// <param name="policies">What holds now.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="asksPolicy">Whether the policy of the application is asked, too.</param>
    /// <param name="since">From when on the answer may be, by <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<Recheck> RecheckAsync(
        Policies policies, LivePeer peer, bool asksPolicy, long since, CancellationToken cancellationToken)
    {
        var facts = peer.Facts;
        if (policies.CheckAddress(facts.Domain, facts.Address) is { } reason) return Recheck.Ends(reason);
        policies.Own.TryGet(facts.Domain, out var policy);
        var recheck = await RecheckByStoresAsync(policies, policy, peer, since, cancellationToken).ConfigureAwait(false);
        if (policy is null || !asksPolicy || recheck != Recheck.Stays) return recheck;
        var request = new PolicyRequest(facts, peer.BeforePolicy.UserId, peer.BeforePolicy.Metadata, isRecheck: true);
        var result = await policy.AskAsync(request, cancellationToken).ConfigureAwait(false);
        result.Admission?.Dispose();
        return result.Status switch
        {
            AuthenticationStatus.Success => Recheck.Stays,
            AuthenticationStatus.Denied => Recheck.Ends(Sentence("The policy of its domain refuses it", result.Text)),
            AuthenticationStatus.TemporaryError => Recheck.Late(Sentence("The policy of its domain could not decide now", result.Text)),
            _ => Recheck.Fails(Sentence("The policy of its domain could not decide", result.Text)),
        };
    }

    /// <summary>
    /// What a recheck of this peer has to wait for: a file, a store or a policy of the application's own. Null when the answer is in memory,
    /// which it is also where such a one need not be asked any more.
    /// </summary>
    public static object? WaitsFor(Policies policies, LivePeer peer, bool asksPolicy)
    {
        var domain = peer.Facts.Domain;
        if (policies.CheckAddress(domain, peer.Facts.Address) is not null) return null;
        policies.Own.TryGet(domain, out var policy);
        if (asksPolicy && policy is not null) return policy;
        if (policy is { InsteadOfStores: true }) return null;
        return peer.Facts.Mechanism switch
        {
            ZapText.Plain when policies.Plain.TryGet(domain, out var plain) =>
                IsInMemory(plain.Store) || plain.Store != peer.PasswordSource ? null : plain.Store,
            ZapText.Curve when policies.Curve.TryGet(domain, out var curve) && !IsInMemory(curve.Store) => curve.Store,
            _ => null,
        };
    }

    /// <summary>What is wrong with the request itself; null for nothing.</summary>
    private static string? FaultOf(AuthenticationRequest request)
    {
        var credentials = request.Credentials;
        return request.Mechanism switch
        {
            ZapText.Null => credentials.Count == 0 ? null : "A NULL request came with credentials.",
            ZapText.Plain when credentials.Count != ZapText.PlainCredentials => "A PLAIN request needs a name and a password.",
            ZapText.Plain => TryReadUserName(credentials[0].Span, out _) ? null : "The user name is not UTF-8.",
            ZapText.Curve => IsKey(credentials) ? null : "A CURVE request needs the client's key of 32 octets.",
            _ => null,
        };
    }

    private ValueTask<Judgement> DecideByStoresAsync(
        Policies policies, Policy? policy, AuthenticationRequest request, CancellationToken cancellationToken)
    {
        switch (request.Mechanism)
        {
            case ZapText.Null:
                return ValueTask.FromResult(policies.AllowsNull(request.Domain) ? Success() : Denied("NULL is refused in this domain."));
            case ZapText.Plain:
                _ = TryReadUserName(request.Credentials[0].Span, out var userName);
                return policy is { InsteadOfStores: true }
                    ? ValueTask.FromResult(new Judgement(AuthenticationResult.Success(userName), policy))
                    : DecidePlainAsync(policies, request, userName, cancellationToken);
            case ZapText.Curve:
                var key = new CurvePublicKey(request.Credentials[0].Span);
                return policy is { InsteadOfStores: true }
                    ? ValueTask.FromResult(Success(key.ToString()))
                    : DecideCurveAsync(policies, request, key, cancellationToken);
            default:
                return ValueTask.FromResult(
                    policy is { InsteadOfStores: true } ? Success() : Denied("The mechanism is none of NULL, PLAIN and CURVE."));
        }
    }

    private async ValueTask<Judgement> DecidePlainAsync(
        Policies policies, AuthenticationRequest request, string userName, CancellationToken cancellationToken)
    {
        if (!policies.Plain.TryGet(request.Domain, out var plain))
        {
            return Denied(NoStore(policies, request.Domain, "password", nameof(Authenticator.ConfigurePlain)));
        }

        // Before the password is copied: whatever this throws, nobody would erase the copy.
        var queue = _passwords.Of(plain.Store);

        // The version first: when the entry changes in between, the peer is sent away needlessly and not let stay wrongly.
        var outcome = await new HeldCredentials(request).RunAsync(
            queue,
            async (facts, stop) =>
            {
                var version = await FindVersionAsync(plain.Store, userName, stop).ConfigureAwait(false);
                var isRight = await plain.Store.VerifyAsync(userName, facts.Credentials[1], stop).ConfigureAwait(false);
                return (IsRight: isRight, Version: version);
            },
            isPatient: false,
            cancellationToken).ConfigureAwait(false);
        if (outcome.NotNow is { } reason) return NotNow(reason);
        return outcome.Value.IsRight
            ? new Judgement(AuthenticationResult.Success(userName), plain.Store, outcome.Value.Version)
            : Denied($"The password is wrong, or there is no user \"{ZapText.ToPrintable(userName)}\".");
    }

    private async ValueTask<Judgement> DecideCurveAsync(
        Policies policies, AuthenticationRequest request, CurvePublicKey key, CancellationToken cancellationToken)
    {
        if (!policies.Curve.TryGet(request.Domain, out var curve))
        {
            return Denied(NoStore(policies, request.Domain, "certificate", nameof(Authenticator.ConfigureCurve)));
        }

        if (curve.Store is null) return Success(key.ToString());
        var outcome = await FindAsync(curve.Store, key, request.Address, cancellationToken).ConfigureAwait(false);
        if (outcome.NotNow is { } reason) return NotNow(reason);
        return outcome.Value is { } record
            ? Success(key.ToString(), ZapMetadata.FromCertificate(record.Metadata))
            : Denied($"The client key {key} is not in {Name(curve.Store)}.");
    }

    private static async ValueTask<Judgement> AskAsync(
        Policy policy, AuthenticationRequest request, Judgement sofar, CancellationToken cancellationToken)
    {
        var (userId, metadata) = (sofar.Result.UserId, sofar.Result.Metadata);
        var question = new PolicyRequest(request, userId, metadata, isRecheck: false);
        var result = await policy.AskAsync(question, cancellationToken).ConfigureAwait(false);
        if (result.Status != AuthenticationStatus.Success) return new Judgement(result);
        var merged = ZapMetadata.Merge(metadata, ZapMetadata.WithoutReserved(result.Metadata));
        if (merged.Count > MetadataCodec.MaxProperties)
        {
            result.Admission?.Dispose();
            return new Judgement(AuthenticationResult.InternalError(
                $"The policy and the stores give {merged.Count} properties; {MetadataCodec.MaxProperties} can be attached to a peer."));
        }

        return sofar with
        {
            Result = AuthenticationResult.Success(result.UserId.Length == 0 ? userId : result.UserId, merged, result.Admission),
            BeforePolicy = sofar.Result,
        };
    }

    private async ValueTask<Recheck> RecheckByStoresAsync(
        Policies policies, Policy? policy, LivePeer peer, long since, CancellationToken cancellationToken)
    {
        var domain = peer.Facts.Domain;
        var isPolicyAlone = policy is { InsteadOfStores: true };
        switch (peer.Facts.Mechanism)
        {
            case ZapText.Null:
                return policies.AllowsNull(domain) ? Recheck.Stays : Recheck.Ends("NULL is refused in its domain now.");
            case ZapText.Plain:
                var source = isPolicyAlone ? policy : policies.Plain.TryGet(domain, out var plain) ? (object)plain.Store : null;
                return await RecheckPlainAsync(source, peer, since, cancellationToken).ConfigureAwait(false);
            case ZapText.Curve when isPolicyAlone:
                return Recheck.Stays;
            case ZapText.Curve:
                return await RecheckCurveAsync(policies, peer, cancellationToken).ConfigureAwait(false);
            default:
                return isPolicyAlone ? Recheck.Stays : Recheck.Ends("The policy that let it in has been removed.");
        }
    }

    private async ValueTask<Recheck> RecheckPlainAsync(object? source, LivePeer peer, long since, CancellationToken cancellationToken)
    {
        // Its password is not kept, so nobody else can check it: it has to show it again.
        if (!ReferenceEquals(source, peer.PasswordSource)) return Recheck.Ends("What checked its password has been replaced or removed.");
        if (source is not IVersionedPasswordStore store) return Recheck.Stays;
        var outcome = IsInMemory(store)
            ? new CheckOutcome<string?>(await store.FindVersionAsync(peer.UserName, cancellationToken).ConfigureAwait(false), null)
            : await _versions.Of(store).RunAsync(
                stop => FindVersionAsync(store, peer.UserName, since, stop), address: null, cancellationToken).ConfigureAwait(false);
        if (outcome.NotNow is { } reason) return Recheck.Late(reason);
        if (outcome.Value is null) return Recheck.Ends("The user has been removed from the password store.");
        return outcome.Value == peer.PasswordVersion ? Recheck.Stays : Recheck.Ends("The password has been changed.");
    }

    private async ValueTask<Recheck> RecheckCurveAsync(Policies policies, LivePeer peer, CancellationToken cancellationToken)
    {
        if (!policies.Curve.TryGet(peer.Facts.Domain, out var curve))
        {
            return Recheck.Ends("The certificate store of its domain has been removed.");
        }

        if (curve.Store is null) return Recheck.Stays;
        var outcome = await FindAsync(curve.Store, peer.PublicKey!, address: null, cancellationToken).ConfigureAwait(false);
        if (outcome.NotNow is { } reason) return Recheck.Late(reason);
        return outcome.Value is not null ? Recheck.Stays : Recheck.Ends("Its certificate is no longer in the certificate store.");
    }

    private async ValueTask<CheckOutcome<CertificateRecord?>> FindAsync(
        ICertificateStore store, CurvePublicKey key, string? address, CancellationToken cancellationToken)
    {
        if (IsInMemory(store))
        {
            return new CheckOutcome<CertificateRecord?>(await store.FindAsync(key, cancellationToken).ConfigureAwait(false), null);
        }

        return await _lookups.Of(store).RunAsync(stop => store.FindAsync(key, stop), address, cancellationToken).ConfigureAwait(false);
    }

    private static string Name(ICertificateStore store) => store is CertificateStore directory ? directory.ToString() : "the certificate store";

    // For these a queue would cost more than the look-up. To verify a password is another matter, wherever it is kept. A password file looks
    // at its disk, which may hang.
    private static bool IsInMemory(object? store) => store is null or CertificateStore or MemoryCertificateStore or MemoryPasswordStore;

    // A file is looked at once for all peers of a pass, and not once for each.
    private static ValueTask<string?> FindVersionAsync(
        IVersionedPasswordStore store, string userName, long since, CancellationToken cancellationToken) =>
        store is PasswordFile file
            ? file.FindVersionAsync(userName, since, cancellationToken)
            : store.FindVersionAsync(userName, cancellationToken);

    private static ValueTask<string?> FindVersionAsync(IPasswordStore store, string userName, CancellationToken cancellationToken) =>
        store is IVersionedPasswordStore versioned
            ? versioned.FindVersionAsync(userName, cancellationToken)
            : ValueTask.FromResult<string?>(null);

    private static bool IsKey(IReadOnlyList<ReadOnlyMemory<byte>> credentials) =>
        credentials.Count == ZapText.CurveCredentials && credentials[0].Length == ZapText.CurveKeySize &&
        credentials[0].Span.ContainsAnyExcept((byte)0);

    private static bool TryReadUserName(ReadOnlySpan<byte> octets, out string userName)
    {
        try
        {
            userName = ZapText.StrictUtf8.GetString(octets);
            return true;
        }
        catch (DecoderFallbackException)
        {
            // Replacement characters would make one name of many.
            userName = "";
            return false;
        }
    }

    /// <summary>A policy that is there may have been meant to decide alone, which it does only when told to.</summary>
    private static string NoStore(Policies policies, string domain, string kind, string call) =>
        $"No {kind} store is configured for this domain: call {call}" + (policies.Own.TryGet(domain, out _)
            ? $", or set {nameof(PolicyOptions)}.{nameof(PolicyOptions.InsteadOfStores)} if the policy is to decide alone."
            : ".");

    private static string Sentence(string what, string why) => why.Length == 0 ? what + "." : $"{what}: {why}";

    private static Judgement Success(string userId = "", ZmtpMetadata? metadata = null) =>
        new(AuthenticationResult.Success(userId, metadata));

    private static Judgement Denied(string text) => new(AuthenticationResult.Denied(text));

    private static Judgement NotNow(string text) => new(AuthenticationResult.TemporaryError(text));
}
