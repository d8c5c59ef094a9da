using System.Security.Cryptography;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

/// <summary>
/// Server, third: INITIATE brings the cookie back, and C with the vouch for it. Until then K, C' and HELLO's nonce are kept, and
/// where it computes ahead the session's key; s' is in the cookie alone. The authenticator is asked last, about a client that has proved to own C.
/// </summary>
internal sealed class CurveAwaitInitiate : CurveState
{
    /// <summary>
    /// RFC 26 wants K discarded after a short time and gives this as the example. The driver disposes of this state then.
    /// </summary>
    public static readonly TimeSpan CookieLifetime = TimeSpan.FromSeconds(60);

    private readonly CurveServerSettings _settings;
    private readonly CurvePublicKey _serverKey;
    private readonly byte[] _clientTransientKey;
    private readonly ulong _helloNonce;
    private readonly SecretBuffer _cookieKey;
    private readonly long _welcomeSent;
    private byte[]? _cookie;
    private SecretBuffer? _sessionKey;

    /// <param name="settings">What the handshake started from.</param>
    /// <param name="serverKey">S, as the client knows it.</param>
    /// <param name="clientTransientKey">C'.</param>
    /// <param name="helloNonce">The short nonce of HELLO.</param>
    /// <param name="cookieKey">K; owned from now on.</param>
    /// <param name="cookie">What WELCOME brings to the client, if the session's key is to be computed of it ahead; else null.</param>
    public CurveAwaitInitiate(
        CurveServerSettings settings,
        CurvePublicKey serverKey,
        byte[] clientTransientKey,
        ulong helloNonce,
        SecretBuffer cookieKey,
        byte[]? cookie)
    {
        _settings = settings;
        _serverKey = serverKey;
        _clientTransientKey = clientTransientKey;
        _helloNonce = helloNonce;
        _cookieKey = Own(cookieKey);
        _cookie = cookie;
        _welcomeSent = settings.Context.Time.GetTimestamp();
    }

    public override MechanismStatus Status => MechanismStatus.Receiving;

    public override string WhenPeerHangsUp =>
        "The client knows this server's key, and left before it said who it is. Check the client's log.";

    public override TimeSpan TimeLeft
    {
        get
        {
            var left = CookieLifetime - _settings.Context.Time.GetElapsedTime(_welcomeSent);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>The session's key: it needs nothing of INITIATE but the cookie, and a cookie that opens can only be this one.</summary>
    public override void WorkAhead()
    {
        if (_cookie is null) return;
        Span<byte> transientSecret = stackalloc byte[CurveSecretKey.Size];
        try
        {
            OpenCookie(_cookie, transientSecret);
            _sessionKey = Agree(transientSecret);

            // K and the cookie together are s'.
            _cookie = null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(transientSecret);
        }
    }

    public override CurveState Read(ReadOnlySpan<byte> body)
    {
        var name = HandshakeErrors.NameOf(body);
        if (!name.SequenceEqual(CommandNames.Initiate)) throw HandshakeErrors.Unexpected(name, "INITIATE");

        CurveInitiateCommand.Read(body, out var cookie, out var shortNonce);
        var payload = Verify(body, cookie, shortNonce, out var sessionKey);
        var metadata = HandshakeContext.ReadPeerMetadata(CurveInitiateCommand.Metadata(payload));
        var peer = new CurvePeer(CurveInitiateCommand.ClientKey(payload).ToArray(), metadata, Verdict: null);
        var session = new CurveSession(isServer: true, HandOver(sessionKey), _settings.Cipher, sent: 0, received: shortNonce);
        return _settings.Clients == CurveClients.AllowAny
            ? CurveSendReady.For(_settings, session, peer)
            : new CurveAuthenticating(_settings, session, peer);
    }

    /// <summary>The checks of RFC 26 in their order: cookie, box, vouch, nonce.</summary>
    private byte[] Verify(ReadOnlySpan<byte> body, ReadOnlySpan<byte> cookie, ulong shortNonce, out SecretBuffer sessionKey)
    {
        Span<byte> transientSecret = stackalloc byte[CurveSecretKey.Size];
        try
        {
            OpenCookie(cookie, transientSecret);
            sessionKey = _sessionKey ?? Agree(transientSecret);
            var payload = CurveInitiateCommand.Open(body, shortNonce, sessionKey.Span);
            VerifyVouch(payload, transientSecret);
            if (shortNonce > _helloNonce) return payload;
            throw new ZmtpProtocolException(
                ProtocolError.InvalidSequence, "The short nonce of the client's INITIATE is not greater than that of its HELLO.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(transientSecret);
        }
    }

    private SecretBuffer Agree(ReadOnlySpan<byte> transientSecret)
    {
        var sessionKey = Own(new SecretBuffer(NaCl.KeySize));
        if (NaCl.TryAgree(_clientTransientKey, transientSecret, sessionKey.Span)) return sessionKey;
        throw CurveInitiateCommand.Malformed("the transient key is a point of low order");
    }

    private void OpenCookie(ReadOnlySpan<byte> cookie, Span<byte> transientSecret)
    {
        if (_settings.Context.Time.GetElapsedTime(_welcomeSent) > CookieLifetime)
        {
            throw new ZmtpProtocolException(
                ProtocolError.KeyExchange,
                $"The client took more than {CookieLifetime.TotalSeconds:0} seconds to answer WELCOME; its cookie is no longer valid.");
        }

        Span<byte> clientTransientKey = stackalloc byte[CurvePublicKey.Size];
        if (!CurveCookie.TryOpen(cookie, _cookieKey.Span, clientTransientKey, transientSecret))
        {
            throw new ZmtpProtocolException(
                ProtocolError.KeyExchange, "The cookie in the client's INITIATE is not the one that it was sent on this connection.");
        }

        // K is made for this handshake alone, so a cookie that opens holds our s'; C' is compared all the same.
        if (!CryptographicOperations.FixedTimeEquals(clientTransientKey, _clientTransientKey))
        {
            throw new ZmtpProtocolException(
                ProtocolError.KeyExchange, "The cookie in the client's INITIATE is for another transient key than that of HELLO.");
        }
    }

    private void VerifyVouch(byte[] payload, ReadOnlySpan<byte> transientSecret)
    {
        Span<byte> vouchKey = stackalloc byte[NaCl.KeySize];
        try
        {
            if (!NaCl.TryAgree(CurveInitiateCommand.ClientKey(payload).Span, transientSecret, vouchKey))
            {
                throw CurveInitiateCommand.Malformed("the client's permanent key is a point of low order");
            }

            CurveVouch.Verify(CurveInitiateCommand.Vouch(payload), vouchKey, _clientTransientKey, _serverKey.AsSpan());
        }
        finally
        {
            CryptographicOperations.ZeroMemory(vouchKey);
        }
    }
}
