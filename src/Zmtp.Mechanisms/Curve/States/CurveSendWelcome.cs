using System.Buffers;
using System.Security.Cryptography;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>
/// Server, second: makes S', s' and the cookie key K, sends WELCOME. s' travels in the cookie and is not kept; K is.
/// </summary>
internal sealed class CurveSendWelcome : CurveState
{
    private readonly CurveServerSettings _settings;
    private readonly CurvePublicKey _serverKey;
    private readonly byte[] _clientTransientKey;
    private readonly ulong _helloNonce;
    private readonly SecretBuffer _welcomeKey;

    /// <param name="settings">What the handshake started from.</param>
    /// <param name="serverKey">S, as the client knows it.</param>
    /// <param name="clientTransientKey">C'.</param>
    /// <param name="helloNonce">The short nonce of HELLO.</param>
    /// <param name="welcomeKey">The key of C' and S; owned from now on.</param>
    public CurveSendWelcome(
        CurveServerSettings settings, CurvePublicKey serverKey, byte[] clientTransientKey, ulong helloNonce, SecretBuffer welcomeKey)
    {
        _settings = settings;
        _serverKey = serverKey;
        _clientTransientKey = clientTransientKey;
        _helloNonce = helloNonce;
        _welcomeKey = Own(welcomeKey);
    }

    public override MechanismStatus Status => MechanismStatus.Sending;

    public override CurveState Write(IBufferWriter<byte> output)
    {
        var cookieKey = Own(new SecretBuffer(NaCl.KeySize));
        Span<byte> transientSecret = stackalloc byte[CurveSecretKey.Size];
        try
        {
            _settings.Random.Fill(transientSecret);
            _settings.Random.Fill(cookieKey.Span);
            Span<byte> transientKey = stackalloc byte[CurvePublicKey.Size];
            NaCl.DerivePublicKey(transientSecret, transientKey);
            Span<byte> cookie = stackalloc byte[CurveCookie.Size];
            CurveCookie.Write(_clientTransientKey, transientSecret, cookieKey.Span, _settings.Random, cookie);
            CurveWelcomeCommand.Write(transientKey, cookie, _settings.Random, _welcomeKey.Span, output);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(transientSecret);
        }

        return new CurveAwaitInitiate(_settings, _serverKey, _clientTransientKey, _helloNonce, HandOver(cookieKey));
    }
}
