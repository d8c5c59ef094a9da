using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

/// <summary>Client, last: READY brings the server's metadata.</summary>
internal sealed class CurveAwaitReady : CurveState
{
    private readonly CurveClientSettings _settings;
    private readonly CurveSession _session;

    public CurveAwaitReady(CurveClientSettings settings, CurveSession session)
    {
        _settings = settings;
        _session = Own(session);
    }

    public override MechanismStatus Status => MechanismStatus.Receiving;

    public override CurvePeer Peer => CurvePeer.WithKey(_settings.ServerKey.AsMemory());

    public override string WhenPeerHangsUp =>
        "The server's key is right, so the server did not let this client in for another reason: no authenticator is running there, " +
        "it could not decide now (300), or the two socket types do not go together (libzmq then hangs up without a word). Check the socket " +
        "types of both ends, and the server's log.";

    public override CurveState Read(ReadOnlySpan<byte> body)
    {
        var name = HandshakeErrors.NameOf(body);
        if (name.SequenceEqual(CommandNames.Error)) return new CurveFailed(Refusal.Read(body, _settings.Context.SocketType), Peer);
        if (!name.SequenceEqual(CommandNames.Ready)) throw HandshakeErrors.Unexpected(name, "READY");

        var shortNonce = CurveReadyCommand.ReadShortNonce(body);
        _session.ThrowIfNotNext(shortNonce);
        var properties = CurveReadyCommand.Open(body, shortNonce, _session.Key);
        _session.Accept(shortNonce);
        var metadata = HandshakeContext.ReadPeerMetadata(properties);
        if (_settings.Context.CheckSocketType(metadata) is { } mismatch) throw mismatch;
        return new CurveReady(HandOver(_session), Peer with { Metadata = metadata });
    }
}
