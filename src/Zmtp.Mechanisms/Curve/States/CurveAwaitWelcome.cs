using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

/// <summary>Client, second: WELCOME brings S' and the cookie. c' has done its work once the session's key is computed.</summary>
internal sealed class CurveAwaitWelcome : CurveState
{
    private readonly CurveClientSettings _settings;
    private readonly CurveTransientKeys _transientKeys;
    private readonly SecretBuffer _welcomeKey;

    public CurveAwaitWelcome(CurveClientSettings settings, CurveTransientKeys transientKeys, SecretBuffer welcomeKey)
    {
        _settings = settings;
        _transientKeys = Own(transientKeys);
        _welcomeKey = Own(welcomeKey);
    }

    public override MechanismStatus Status => MechanismStatus.Receiving;

    public override CurvePeer Peer => CurvePeer.WithKey(_settings.ServerKey.AsMemory());

    /// <summary>A server that cannot open HELLO says nothing (RFC 26), so nothing else tells a wrong key from a server in trouble.</summary>
    /// <remarks>A secret key looks like a public one: what was given is told by its fingerprint alone.</remarks>
    public override string WhenPeerHangsUp =>
        "A server does so when it cannot open this client's HELLO: most likely the server's public key that this client was given, " +
        $"fingerprint {_settings.ServerKey.ToFingerprint()}, is not the one that the server has, or is the secret half of its pair. Compare it " +
        "with the fingerprint of the server's certificate; if they are the same, check that the peer is not configured as a client too, and " +
        "the server's log, which says why.";

    public override CurveState Read(ReadOnlySpan<byte> body)
    {
        var name = HandshakeErrors.NameOf(body);
        if (name.SequenceEqual(CommandNames.Error)) return new CurveFailed(Refusal.Read(body, _settings.Context.SocketType), Peer);
        if (!name.SequenceEqual(CommandNames.Welcome)) throw HandshakeErrors.Unexpected(name, "WELCOME");

        var payload = new byte[CurveWelcomeCommand.PayloadSize];
        CurveWelcomeCommand.Open(body, _welcomeKey.Span, payload);
        var sessionKey = Own(new SecretBuffer(NaCl.KeySize));
        if (!NaCl.TryAgree(CurveWelcomeCommand.TransientKey(payload), _transientKeys.SecretKey, sessionKey.Span))
        {
            throw CurveWelcomeCommand.Malformed("its transient key is a point of low order");
        }

        var session = new CurveSession(isServer: false, HandOver(sessionKey), _settings.Cipher, CurveSendHello.ShortNonce, received: null);
        return new CurveSendInitiate(_settings, session, _transientKeys.PublicKey, payload);
    }
}
