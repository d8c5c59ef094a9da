using System.Buffers;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>Client, first: makes C' and c' for this connection, sends HELLO.</summary>
internal sealed class CurveSendHello : CurveState
{
    /// <summary>HELLO is the client's first command, INITIATE its second: one count runs over all commands.</summary>
    public const ulong ShortNonce = 1;

    private readonly CurveClientSettings _settings;
    private readonly CurveTransientKeys _transientKeys;

    public CurveSendHello(CurveClientSettings settings)
    {
        _settings = settings;
        _transientKeys = Own(new CurveTransientKeys(settings.Random));
    }

    public override MechanismStatus Status => MechanismStatus.Sending;

    public override CurvePeer Peer => CurvePeer.WithKey(_settings.ServerKey.AsMemory());

    public override CurveState Write(IBufferWriter<byte> output)
    {
        var welcomeKey = Own(new SecretBuffer(NaCl.KeySize));
        if (!NaCl.TryAgree(_settings.ServerKey.AsSpan(), _transientKeys.SecretKey, welcomeKey.Span)) throw UselessServerKey();
        CurveHelloCommand.Write(_transientKeys.PublicKey, ShortNonce, welcomeKey.Span, output);
        return new CurveAwaitWelcome(_settings, HandOver(_transientKeys), HandOver(welcomeKey));
    }

    private static ZmtpException UselessServerKey() =>
        new(
            "The server's public key is a point of low order, with which nothing can be encrypted. Check where the key comes from.",
            FaultOrigin.Caller,
            mayRetry: false);
}
