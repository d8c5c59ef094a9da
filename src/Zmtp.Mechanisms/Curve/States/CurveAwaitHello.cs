using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

/// <summary>Server, first: HELLO brings C' and proves that the client knows S.</summary>
internal sealed class CurveAwaitHello(CurveServerSettings settings) : CurveState
{
    public override MechanismStatus Status => MechanismStatus.Receiving;

    public override string WhenPeerHangsUp => "It was this client's turn to send HELLO. Check the client's log.";

    public override CurveState Read(ReadOnlySpan<byte> body)
    {
        var name = HandshakeErrors.NameOf(body);
        if (!name.SequenceEqual(CommandNames.Hello)) throw HandshakeErrors.Unexpected(name, "HELLO");

        CurveHelloCommand.Read(body, out var clientTransientKey, out var shortNonce);
        var welcomeKey = Own(new SecretBuffer(NaCl.KeySize));
        if (!settings.Keys.TryAgree(clientTransientKey, welcomeKey.Span))
        {
            throw CurveHelloCommand.Malformed("its transient key is a point of low order");
        }

        CurveHelloCommand.Open(body, shortNonce, welcomeKey.Span);
        return new CurveSendWelcome(settings, clientTransientKey.ToArray(), shortNonce, HandOver(welcomeKey));
    }
}
