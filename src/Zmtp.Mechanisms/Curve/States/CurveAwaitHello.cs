using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

/// <summary>Server, first: HELLO brings C' and proves that the client knows S.</summary>
internal sealed class CurveAwaitHello(CurveServerSettings settings) : CurveState
{
    private CurveTransientKeys? _transientKeys;

    public override MechanismStatus Status => MechanismStatus.Receiving;

    public override string WhenPeerHangsUp => "It was this client's turn to send HELLO. Check the client's log.";

    public override void WorkAhead() => MakeTransientKeys();

    public override CurveState Read(ReadOnlySpan<byte> body)
    {
        var name = HandshakeErrors.NameOf(body);
        if (!name.SequenceEqual(CommandNames.Hello)) throw HandshakeErrors.Unexpected(name, "HELLO");

        CurveHelloCommand.Read(body, out var clientTransientKey, out var shortNonce);
        var welcomeKey = Own(new SecretBuffer(NaCl.KeySize));
        var serverKey = Open(body, clientTransientKey, shortNonce, welcomeKey.Span);
        var transientKeys = MakeTransientKeys();
        return new CurveSendWelcome(
            settings, serverKey, clientTransientKey.ToArray(), shortNonce, HandOver(welcomeKey), HandOver(transientKeys));
    }

    private CurveTransientKeys MakeTransientKeys() => _transientKeys ??= Own(new CurveTransientKeys(settings.Random));

    /// <summary>Finds the key that the client knows. From here on the public half of it is all that is needed.</summary>
    private CurvePublicKey Open(ReadOnlySpan<byte> body, ReadOnlySpan<byte> clientTransientKey, ulong shortNonce, Span<byte> welcomeKey)
    {
        foreach (var key in settings.Keys.All())
        {
            // Its time may be over since.
            if (!key.TryHold()) continue;
            try
            {
                if (!key.Pair.TryAgree(clientTransientKey, welcomeKey))
                {
                    throw CurveHelloCommand.Malformed("its transient key is a point of low order");
                }
            }
            finally
            {
                key.Release();
            }

            if (CurveHelloCommand.TryOpen(body, shortNonce, welcomeKey)) return key.Pair.PublicKey;
        }

        if (settings.Keys.IsDisposed) throw CurveKeyPair.Disposed(new ObjectDisposedException(nameof(CurveKeyPair)));
        throw CurveHelloCommand.NotForUs();
    }
}
