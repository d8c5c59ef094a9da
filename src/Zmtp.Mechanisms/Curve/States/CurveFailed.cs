using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>The handshake was refused in good order.</summary>
internal sealed class CurveFailed(ZmtpException failure, CurvePeer peer) : CurveState
{
    public override MechanismStatus Status => MechanismStatus.Failed;

    public override ZmtpException Failure => failure;

    public override CurvePeer Peer => peer;
}
