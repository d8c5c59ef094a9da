using System.Buffers;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>
/// Server, second: makes the cookie key K, sends WELCOME with S'. s' travels in the cookie and is not kept; K is.
/// </summary>
internal sealed class CurveSendWelcome : CurveState
{
    private readonly CurveServerSettings _settings;
    private readonly CurvePublicKey _serverKey;
    private readonly byte[] _clientTransientKey;
    private readonly ulong _helloNonce;
    private readonly SecretBuffer _welcomeKey;
    private readonly CurveTransientKeys _transientKeys;

    /// <param name="settings">What the handshake started from.</param>
    /// <param name="serverKey">S, as the client knows it.</param>
    /// <param name="clientTransientKey">C'.</param>
    /// <param name="helloNonce">The short nonce of HELLO.</param>
    /// <param name="welcomeKey">The key of C' and S; owned from now on.</param>
    /// <param name="transientKeys">S' and s'; owned from now on.</param>
    public CurveSendWelcome(
        CurveServerSettings settings,
        CurvePublicKey serverKey,
        byte[] clientTransientKey,
        ulong helloNonce,
        SecretBuffer welcomeKey,
        CurveTransientKeys transientKeys)
    {
        _settings = settings;
        _serverKey = serverKey;
        _clientTransientKey = clientTransientKey;
        _helloNonce = helloNonce;
        _welcomeKey = Own(welcomeKey);
        _transientKeys = Own(transientKeys);
    }

    public override MechanismStatus Status => MechanismStatus.Sending;

    public override CurveState Write(IBufferWriter<byte> output)
    {
        var cookieKey = Own(new SecretBuffer(NaCl.KeySize));
        _settings.Random.Fill(cookieKey.Span);
        var cookie = new byte[CurveCookie.Size];
        CurveCookie.Write(_clientTransientKey, _transientKeys.SecretKey, cookieKey.Span, _settings.Random, cookie);
        CurveWelcomeCommand.Write(_transientKeys.PublicKey, cookie, _settings.Random, _welcomeKey.Span, output);

        // K and the cookie together are s': a server that does not compute ahead keeps K alone.
        var kept = _settings.Context.WorksAhead ? cookie : null;
        return new CurveAwaitInitiate(_settings, _serverKey, _clientTransientKey, _helloNonce, HandOver(cookieKey), kept);
    }
}
