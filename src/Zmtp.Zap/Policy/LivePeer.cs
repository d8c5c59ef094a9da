using Zmtp.Mechanisms;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// A peer that was let in and is still there: all that is needed to ask about it again. No password is kept; the credentials of a mechanism of
/// the application's are, pinned, and are zeroed when the admission ends. Immutable but for that and its turn.
/// </summary>
internal sealed class LivePeer
{
    private readonly HeldCredentials? _held;
    private long _lastAsked;

    /// <param name="request">What was asked; its credentials are copied, except for a password.</param>
    /// <param name="judgement">The verdict of 200.</param>
    /// <param name="ended">Called once, when the peer is gone.</param>
    public LivePeer(AuthenticationRequest request, Judgement judgement, Action<LivePeer> ended)
    {
        UserId = judgement.Result.UserId;
        UserName = request.Mechanism == ZapText.Plain ? ZapText.StrictUtf8.GetString(request.Credentials[0].Span) : "";
        PublicKey = request.Mechanism == ZapText.Curve ? new CurvePublicKey(request.Credentials[0].Span) : null;
        PasswordSource = judgement.PasswordSource;
        PasswordVersion = judgement.PasswordVersion;
        BeforePolicy = judgement.BeforePolicy ?? judgement.Result;
        AddressKey = Zap.AddressKey.OfHost(request.Address);
        _held = PublicCredentials(request.Mechanism) is null ? new HeldCredentials(request) : null;
        Facts = _held?.Facts ?? new AuthenticationRequest(
            request.Domain, request.Address, request.Identity.ToArray(), request.Mechanism, WithoutSecrets(request));
        var inner = judgement.Result.Admission;
        Admission = new Admission(() =>
        {
            ended(this);
            _held?.Dispose();
            inner?.Dispose();
        });

        // A policy may have asked an authenticator of its own, which may send the peer away, too.
        inner?.OnRevoked(reason => Admission.Revoke(reason));
    }

    /// <summary>When it was last asked about, by a count of such questions; 0 for never.</summary>
    public long LastAsked
    {
        get => Interlocked.Read(ref _lastAsked);
        set => Interlocked.Exchange(ref _lastAsked, value);
    }

    public AuthenticationRequest Facts { get; }

    public Admission Admission { get; }

    public string UserId { get; }

    /// <summary>The user name under PLAIN, else empty.</summary>
    public string UserName { get; }

    /// <summary>The client's key under CURVE, else null.</summary>
    public CurvePublicKey? PublicKey { get; }

    /// <summary>What a policy of the application is told about the peer: the verdict without what such a policy made of it.</summary>
    public AuthenticationResult BeforePolicy { get; }

    public object? PasswordSource { get; }

    public string? PasswordVersion { get; }

    /// <summary>What connections are counted by.</summary>
    public string AddressKey { get; }

    /// <summary>How many of a mechanism's credentials, the first ones, are no secrets; null where only the application knows.</summary>
    private static int? PublicCredentials(string mechanism) => mechanism switch
    {
        ZapText.Null => 0,
        ZapText.Plain => 1,
        ZapText.Curve => ZapText.CurveCredentials,
        _ => null,
    };

    private static ReadOnlyMemory<byte>[] WithoutSecrets(AuthenticationRequest request)
    {
        var kept = PublicCredentials(request.Mechanism) ?? 0;
        return [.. request.Credentials.Take(kept).Select(static credential => (ReadOnlyMemory<byte>)credential.ToArray())];
    }
}
