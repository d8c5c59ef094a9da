using System.Buffers;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 24: C:HELLO, S:WELCOME or ERROR, C:INITIATE, S:READY or ERROR; then ordinary frames.

/// <summary>The client of PLAIN.</summary>
internal sealed class PlainClientMechanism(HandshakeContext context, ReadOnlyMemory<byte> username, ReadOnlyMemory<byte> password)
    : Mechanism
{
    private Step _step = Step.SendHello;
    private ZmtpMetadata _peerMetadata = ZmtpMetadata.Empty;
    private ZmtpException? _failure;

    private enum Step
    {
        SendHello,
        AwaitWelcome,
        SendInitiate,
        AwaitReady,
        Ready,
        Failed,
    }

    public override MechanismStatus Status => _step switch
    {
        Step.SendHello or Step.SendInitiate => MechanismStatus.Sending,
        Step.AwaitWelcome or Step.AwaitReady => MechanismStatus.Receiving,
        Step.Ready => MechanismStatus.Ready,
        _ => MechanismStatus.Failed,
    };

    public override ZmtpException? Failure => _failure;

    public override ZmtpMetadata PeerMetadata => _peerMetadata;

    public override string WhenPeerHangsUp => _step == Step.AwaitWelcome
        ? "No authenticator is running at the server, or it could not decide now (300), or the peer is configured as a client too. " +
          "Check the server's log, which says which."
        : "The server took this user's password and left before it was ready. Check the socket types of both ends, and the server's log.";

    public override void WriteCommand(IBufferWriter<byte> output)
    {
        switch (_step)
        {
            case Step.SendHello:
                PlainHelloCommand.Write(username.Span, password.Span, output);
                _step = Step.AwaitWelcome;
                break;
            case Step.SendInitiate:
                PlainInitiateCommand.Write(context.LocalMetadata.Span, output);
                _step = Step.AwaitReady;
                break;
            default:
                throw HandshakeErrors.NotNow(nameof(WriteCommand), Status);
        }
    }

    public override void ReadCommand(ReadOnlySpan<byte> body)
    {
        if (Status != MechanismStatus.Receiving) throw HandshakeErrors.NotNow(nameof(ReadCommand), Status);
        if (LibzmqPlainError.IsMatch(body)) body = LibzmqPlainError.Repair(body);
        var name = HandshakeErrors.NameOf(body);
        if (name.SequenceEqual(CommandNames.Error))
        {
            _failure = Refusal.Read(body, context.SocketType);
            _step = Step.Failed;
        }
        else if (_step == Step.AwaitWelcome)
        {
            ReadWelcome(name, body);
        }
        else
        {
            ReadReady(name, body);
        }
    }

    private void ReadWelcome(ReadOnlySpan<byte> name, ReadOnlySpan<byte> body)
    {
        if (!name.SequenceEqual(CommandNames.Welcome)) throw HandshakeErrors.Unexpected(name, "WELCOME");
        _ = CommandCodec.TryRead(body, out _, out var data);
        if (!PlainWelcomeCommand.TryRead(data))
        {
            throw new ZmtpProtocolException(ProtocolError.MalformedWelcome, "The server's WELCOME carries data; under PLAIN it has none.");
        }

        _step = Step.SendInitiate;
    }

    private void ReadReady(ReadOnlySpan<byte> name, ReadOnlySpan<byte> body)
    {
        if (!ReadyCommand.TryRead(body, out var properties)) throw HandshakeErrors.Unexpected(name, "READY");
        var metadata = HandshakeContext.ReadPeerMetadata(properties);
        if (context.CheckSocketType(metadata) is { } mismatch) throw mismatch;
        _peerMetadata = metadata;
        _step = Step.Ready;
    }
}
