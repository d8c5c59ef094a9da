using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>The handshake has succeeded: MESSAGE only, from here on.</summary>
internal sealed class CurveReady : CurveState
{
    public CurveReady(CurveSession session, CurvePeer peer)
    {
        session.EndHandshake();
        Session = Own(session);
        Peer = peer;
    }

    public override MechanismStatus Status => MechanismStatus.Ready;

    public override CurvePeer Peer { get; }

    public CurveSession Session { get; }
}
