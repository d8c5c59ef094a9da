using System.Buffers;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>Server, last: READY with the server's metadata.</summary>
internal sealed class CurveSendReady : CurveState
{
    private readonly CurveServerSettings _settings;
    private readonly CurveSession _session;

    private CurveSendReady(CurveServerSettings settings, CurveSession session, CurvePeer peer)
    {
        _settings = settings;
        _session = Own(session);
        Peer = peer;
    }

    public override MechanismStatus Status => MechanismStatus.Sending;

    public override CurvePeer Peer { get; }

    /// <summary>
    /// READY for a client that may come in, ERROR when its Socket-Type does not fit. The type is judged after the authenticator, so
    /// that a client without a permission learns nothing about the socket.
    /// </summary>
    public static CurveState For(CurveServerSettings settings, CurveSession session, CurvePeer peer)
    {
        if (Refusal.FromSocketType(settings.Context, peer.Metadata) is not { } refusal) return new CurveSendReady(settings, session, peer);
        session.Dispose();
        return new CurveSendError(refusal, peer);
    }

    public override CurveState Write(IBufferWriter<byte> output)
    {
        CurveReadyCommand.Write(_settings.Context.LocalMetadata.Span, _session.TakeShortNonce(), _session.Key, output);
        return new CurveReady(HandOver(_session), Peer);
    }
}
