using System.Text;
using Zmtp.Mechanisms;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>Applies policies to a request. Stateless. The texts are for our own log; clients are told the code only.</summary>
internal static class Judge
{
    public static ValueTask<AuthenticationResult> DecideAsync(
        Policies policies, AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (policies.CheckAddress(request.Domain, request.Address) is { } reason) return Denied(reason);
        return request.Mechanism switch
        {
            ZapText.Null => DecideNull(policies, request),
            ZapText.Plain => DecidePlainAsync(policies, request, cancellationToken),
            ZapText.Curve => DecideCurveAsync(policies, request, cancellationToken),
            _ => Denied("The mechanism is none of NULL, PLAIN and CURVE."),
        };
    }

    private static ValueTask<AuthenticationResult> DecideNull(Policies policies, AuthenticationRequest request)
    {
        if (request.Credentials.Count != 0) return Denied("A NULL request came with credentials.");
        var isAllowed = !policies.Null.TryGet(request.Domain, out var allow) || allow;
        return isAllowed ? ValueTask.FromResult(AuthenticationResult.Success()) : Denied("NULL is refused in this domain.");
    }

    private static async ValueTask<AuthenticationResult> DecidePlainAsync(
        Policies policies, AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (request.Credentials.Count != ZapText.PlainCredentials)
        {
            return AuthenticationResult.Denied("A PLAIN request needs a name and a password.");
        }

        if (!policies.Plain.TryGet(request.Domain, out var store))
        {
            return AuthenticationResult.Denied("No password store is configured for this domain: call ConfigurePlain.");
        }

        if (!TryReadUserName(request.Credentials[0].Span, out var userName))
        {
            return AuthenticationResult.Denied("The user name is not UTF-8.");
        }

        return await store.VerifyAsync(userName, request.Credentials[1], cancellationToken).ConfigureAwait(false)
            ? AuthenticationResult.Success(userName)
            : AuthenticationResult.Denied($"The password is wrong, or there is no user \"{ZapText.ToPrintable(userName)}\".");
    }

    private static async ValueTask<AuthenticationResult> DecideCurveAsync(
        Policies policies, AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (request.Credentials.Count != ZapText.CurveCredentials || request.Credentials[0].Length != ZapText.CurveKeySize ||
            !request.Credentials[0].Span.ContainsAnyExcept((byte)0))
        {
            return AuthenticationResult.Denied("A CURVE request needs the client's key of 32 octets.");
        }

        var key = new CurvePublicKey(request.Credentials[0].Span);
        if (!policies.Curve.TryGet(request.Domain, out var policy))
        {
            return AuthenticationResult.Denied("No certificate store is configured for this domain: call ConfigureCurve.");
        }

        if (policy.Store is null) return AuthenticationResult.Success(key.ToString());
        var record = await policy.Store.FindAsync(key, cancellationToken).ConfigureAwait(false);
        return record is null
            ? AuthenticationResult.Denied($"The client key {key} is not in {Name(policy.Store)}.")
            : AuthenticationResult.Success(key.ToString(), ZapMetadata.FromCertificate(record.Metadata));
    }

    private static string Name(ICertificateStore store) => store is CertificateStore directory ? directory.ToString() : "the certificate store";

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

    private static ValueTask<AuthenticationResult> Denied(string text) => ValueTask.FromResult(AuthenticationResult.Denied(text));
}
