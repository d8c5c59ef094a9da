using System.Buffers;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 24: C:HELLO, S:WELCOME or ERROR, C:INITIATE, S:READY or ERROR; then ordinary frames. The authenticator is asked on HELLO, before
// the client's metadata are known: its Identity is not part of the question.

/// <summary>The server of PLAIN. It asks the authenticator about every client.</summary>
internal sealed class PlainServerMechanism(HandshakeContext context) : Mechanism
{
    private Step _step = Step.AwaitHello;
    private PinnedCredentials? _credentials;
    private AuthenticationRequest? _request;
    private AuthenticationResult? _verdict;
    private ZmtpMetadata _peerMetadata = ZmtpMetadata.Empty;
    private Refusal? _refusal;
    private ZmtpException? _failure;

    private enum Step
    {
        AwaitHello,
        Authenticating,
        SendWelcome,
        AwaitInitiate,
        SendReady,
        SendError,
        Ready,
        Failed,
    }

    public override MechanismStatus Status => _step switch
    {
        Step.AwaitHello or Step.AwaitInitiate => MechanismStatus.Receiving,
        Step.Authenticating => MechanismStatus.Authenticating,
        Step.SendWelcome or Step.SendReady or Step.SendError => MechanismStatus.Sending,
        Step.Ready => MechanismStatus.Ready,
        _ => MechanismStatus.Failed,
    };

    public override ZmtpException? Failure => _failure;

    public override AuthenticationRequest AuthenticationRequest =>
        _step == Step.Authenticating ? _request! : throw HandshakeErrors.NotNow(nameof(AuthenticationRequest), Status);

    public override ZmtpMetadata PeerMetadata => _peerMetadata;

    public override AuthenticationResult? Verdict => _verdict;

    /// <summary>The user name and password of the question, while there is one. For tests.</summary>
    internal PinnedCredentials? Credentials => _credentials;

    public override void WriteCommand(IBufferWriter<byte> output)
    {
        switch (_step)
        {
            case Step.SendWelcome:
                PlainWelcomeCommand.Write(output);
                _step = Step.AwaitInitiate;
                break;
            case Step.SendReady:
                ReadyCommand.Write(context.LocalMetadata.Span, output);
                _step = Step.Ready;
                break;
            case Step.SendError:
                _refusal!.Write(output);
                Fail(_refusal.Failure);
                break;
            default:
                throw HandshakeErrors.NotNow(nameof(WriteCommand), Status);
        }
    }

    public override void ReadCommand(ReadOnlySpan<byte> body)
    {
        if (Status != MechanismStatus.Receiving) throw HandshakeErrors.NotNow(nameof(ReadCommand), Status);
        var name = HandshakeErrors.NameOf(body);
        _ = CommandCodec.TryRead(body, out _, out var data);
        if (_step == Step.AwaitHello)
        {
            ReadHello(name, data);
        }
        else
        {
            ReadInitiate(name, data);
        }
    }

    public override void Authenticate(AuthenticationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (_step != Step.Authenticating) throw HandshakeErrors.NotNow(nameof(Authenticate), Status);
        _refusal = Refusal.FromVerdict(result, _request!);
        ForgetCredentials();
        if (_refusal is null)
        {
            _verdict = result;
            _step = Step.SendWelcome;
        }
        else if (_refusal.IsTold)
        {
            _step = Step.SendError;
        }
        else
        {
            Fail(_refusal.Failure);
        }
    }

    protected override void Dispose(bool disposing)
    {
        ForgetCredentials();
        base.Dispose(disposing);
    }

    private void ReadHello(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (!name.SequenceEqual(CommandNames.Hello)) throw HandshakeErrors.Unexpected(name, "HELLO");
        if (!PlainHelloCommand.TryRead(data, out var username, out var password))
        {
            throw new ZmtpProtocolException(
                ProtocolError.MalformedHello, "The client's HELLO does not hold a user name and a password and nothing else.");
        }

        _credentials = new PinnedCredentials(username, password);
        _request = new AuthenticationRequest(
            context.Domain, context.PeerAddress, default, "PLAIN", [_credentials.Username, _credentials.Password]);
        _step = Step.Authenticating;
    }

    private void ReadInitiate(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (!name.SequenceEqual(CommandNames.Initiate)) throw HandshakeErrors.Unexpected(name, "INITIATE");
        _peerMetadata = HandshakeContext.ReadPeerMetadata(data);
        _refusal = Refusal.FromSocketType(context, _peerMetadata);
        _step = _refusal is null ? Step.SendReady : Step.SendError;
    }

    private void ForgetCredentials()
    {
        _credentials?.Dispose();
        _credentials = null;
        _request = null;
    }

    private void Fail(ZmtpException failure)
    {
        _failure = failure;
        _step = Step.Failed;
    }
}
