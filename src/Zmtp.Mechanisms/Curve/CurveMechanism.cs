using System.Buffers;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>What both ends of CURVE share: one state at a time, and the sealing of MESSAGE once the last state is reached.</summary>
internal abstract class CurveMechanism(CurveState first) : Mechanism
{
    private CurveState _state = first;

    // Apart from the state, so that Seal and Open need no cast.
    private CurveSession? _session;

    public sealed override MechanismStatus Status => _state.Status;

    public sealed override ZmtpException? Failure => _state.Failure;

    public sealed override AuthenticationRequest AuthenticationRequest => _state.Request;

    public sealed override ZmtpMetadata PeerMetadata => _state.Peer.Metadata;

    public sealed override AuthenticationResult? Verdict => _state.Peer.Verdict;

    public sealed override ReadOnlyMemory<byte> PeerPublicKey => _state.Peer.PublicKey;

    public sealed override string WhenPeerHangsUp => _state.WhenPeerHangsUp;

    public sealed override TimeSpan TimeLeft => _state.TimeLeft;

    public sealed override bool IsSealing => true;

    public sealed override int SealOverhead => CurveMessageCommand.Overhead;

    public sealed override int OpenPrefix => CurveMessageCommand.FlagsSize;

    /// <summary>The state, whose secrets tests look at.</summary>
    internal CurveState State => _state;

    public sealed override void WriteCommand(IBufferWriter<byte> output) => Become(_state.Write(output));

    public sealed override void ReadCommand(ReadOnlySpan<byte> body) => Become(_state.Read(body));

    public sealed override void WorkAhead() => _state.WorkAhead();

    public sealed override void Authenticate(AuthenticationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Become(_state.Authenticate(result));
    }

    public sealed override void Seal(PayloadFlags flags, ReadOnlySpan<byte> data, Span<byte> body)
    {
        var session = _session ?? throw HandshakeErrors.NotNow(nameof(Seal), Status);
        session.Seal(flags, data, body);
    }

    public sealed override PayloadFlags Open(ReadOnlySpan<byte> body, Span<byte> destination)
    {
        var session = _session ?? throw HandshakeErrors.NotNow(nameof(Open), Status);
        return session.Open(body, destination);
    }

    public sealed override PayloadFlags OpenInPlace(Span<byte> body)
    {
        var session = _session ?? throw HandshakeErrors.NotNow(nameof(OpenInPlace), Status);
        return session.OpenInPlace(body);
    }

    protected sealed override void Dispose(bool disposing)
    {
        _state.Dispose();
        base.Dispose(disposing);
    }

    private void Become(CurveState next)
    {
        var last = _state;
        _state = next;
        _session = (next as CurveReady)?.Session;
        last.Dispose();
    }
}
