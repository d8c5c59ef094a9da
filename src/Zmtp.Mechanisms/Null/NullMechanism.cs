using System.Buffers;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 23, section "The NULL Security Mechanism"; RFC 37 makes the binding end the server.
//
//   null  = ready *message | error
//   ready = command-size %d5 "READY" metadata
//   error = command-size %d5 "ERROR" error-reason
//
// The connecting end sends READY at once. The binding end does the same towards a peer of minor 0, which may wait for it
// (RFC 23: both send before they receive); towards minor 1 and up it waits for the peer's READY (RFC 37), so that it can answer a
// Socket-Type that does not fit with ERROR. With a domain the authenticator is asked before either.

/// <summary>The state machine of NULL, the same at both ends but for who speaks first.</summary>
internal sealed class NullMechanism : Mechanism
{
    private readonly HandshakeContext _context;
    private readonly AuthenticationRequest? _request;
    private readonly bool _sendsFirst;
    private MechanismStatus _status;
    private ZmtpMetadata? _peerMetadata;
    private AuthenticationResult? _verdict;
    private Refusal? _refusal;
    private ZmtpException? _failure;
    private bool _sent;

    public NullMechanism(HandshakeContext context)
    {
        _context = context;
        _sendsFirst = context.IsConnecting || context.PeerMinorVersion == 0;
        if (context.Domain.Length > 0)
        {
            _request = new AuthenticationRequest(context.Domain, context.PeerAddress, default, "NULL", []);
            _status = MechanismStatus.Authenticating;
        }
        else
        {
            _status = FirstStep;
        }
    }

    public override MechanismStatus Status => _status;

    public override ZmtpException? Failure => _failure;

    public override AuthenticationRequest AuthenticationRequest =>
        _status == MechanismStatus.Authenticating ? _request! : throw HandshakeErrors.NotNow(nameof(AuthenticationRequest), _status);

    public override ZmtpMetadata PeerMetadata => _peerMetadata ?? ZmtpMetadata.Empty;

    public override AuthenticationResult? Verdict => _verdict;

    public override string WhenPeerHangsUp =>
        "Check the socket types of both ends. If the peer's socket has a ZAP domain, check that an authenticator is running there and " +
        "lets us in. The peer's log says which.";

    private MechanismStatus FirstStep => _sendsFirst ? MechanismStatus.Sending : MechanismStatus.Receiving;

    public override void WriteCommand(IBufferWriter<byte> output)
    {
        if (_status != MechanismStatus.Sending) throw HandshakeErrors.NotNow(nameof(WriteCommand), _status);
        if (_refusal is not null)
        {
            _refusal.Write(output);
            Fail(_refusal.Failure);
            return;
        }

        ReadyCommand.Write(_context.LocalMetadata.Span, output);
        _sent = true;
        _status = _peerMetadata is null ? MechanismStatus.Receiving : MechanismStatus.Ready;
    }

    public override void ReadCommand(ReadOnlySpan<byte> body)
    {
        if (_status != MechanismStatus.Receiving) throw HandshakeErrors.NotNow(nameof(ReadCommand), _status);
        var name = HandshakeErrors.NameOf(body);
        if (name.SequenceEqual(CommandNames.Error))
        {
            Fail(Refusal.Read(body, _context.SocketType));
            return;
        }

        if (!ReadyCommand.TryRead(body, out var properties)) throw HandshakeErrors.Unexpected(name, "READY");
        var metadata = HandshakeContext.ReadPeerMetadata(properties);
        var refusal = Refusal.FromSocketType(_context, metadata);
        if (refusal is not null && _sent) throw refusal.Failure;
        _peerMetadata = metadata;
        _refusal = refusal;
        _status = _sent ? MechanismStatus.Ready : MechanismStatus.Sending;
    }

    public override void Authenticate(AuthenticationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (_status != MechanismStatus.Authenticating) throw HandshakeErrors.NotNow(nameof(Authenticate), _status);
        _refusal = Refusal.FromVerdict(result, _request!);
        if (_refusal is null)
        {
            _verdict = result;
            _status = FirstStep;
        }
        else if (_refusal.IsTold)
        {
            _status = MechanismStatus.Sending;
        }
        else
        {
            Fail(_refusal.Failure);
        }
    }

    private void Fail(ZmtpException failure)
    {
        _failure = failure;
        _status = MechanismStatus.Failed;
    }
}
