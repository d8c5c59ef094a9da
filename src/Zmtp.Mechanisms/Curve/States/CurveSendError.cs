using System.Buffers;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>Server, last: ERROR, in clear text.</summary>
internal sealed class CurveSendError(Refusal refusal, CurvePeer peer) : CurveState
{
    public override MechanismStatus Status => MechanismStatus.Sending;

    public override CurvePeer Peer => peer;

    public override CurveState Write(IBufferWriter<byte> output)
    {
        refusal.Write(output);
        return new CurveFailed(refusal.Failure, peer);
    }
}
