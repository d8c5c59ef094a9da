using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>Server: the client owns the key it shows; whether that key may come in is the authenticator's business.</summary>
internal sealed class CurveAuthenticating : CurveState
{
    private readonly CurveServerSettings _settings;
    private readonly CurveSession _session;

    public CurveAuthenticating(CurveServerSettings settings, CurveSession session, CurvePeer peer)
    {
        _settings = settings;
        _session = Own(session);
        Peer = peer;
        _ = peer.Metadata.TryGet(ZmtpMetadata.Identity, out var identity);
        Request = new AuthenticationRequest(settings.Context.Domain, settings.Context.PeerAddress, identity, "CURVE", [peer.PublicKey]);
    }

    public override MechanismStatus Status => MechanismStatus.Authenticating;

    public override CurvePeer Peer { get; }

    public override AuthenticationRequest Request { get; }

    public override CurveState Authenticate(AuthenticationResult result)
    {
        if (Refusal.FromVerdict(result, Request) is not { } refusal)
        {
            return CurveSendReady.For(_settings, HandOver(_session), Peer with { Verdict = result });
        }

        return refusal.IsTold ? new CurveSendError(refusal, Peer) : new CurveFailed(refusal.Failure, Peer);
    }
}
