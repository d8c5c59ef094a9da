using System.Buffers;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Engine;

/// <summary>
/// The greeting and the handshake of one connection, without I/O: octets in, octets out. The driver reads <see cref="State"/>
/// after each call. Every rule the peer breaks is a <see cref="ZmtpProtocolException"/>: close without a frame.
/// </summary>
internal sealed class HandshakeMachine : IDisposable
{
    private readonly ConnectionOptions _options;
    private readonly bool _isConnecting;
    private readonly string _peerAddress;
    private readonly bool _worksAhead;
    private readonly ArrayBufferWriter<byte> _command = new();
    private Mechanism? _mechanism;
    private Admission? _admission;
    private bool _isLong;
    private bool _hasReadCommand;
    private int _seen;

    public HandshakeMachine(ConnectionOptions options, bool isConnecting, string peerAddress, bool worksAhead = false)
    {
        _options = options;
        _isConnecting = isConnecting;
        _peerAddress = peerAddress;
        _worksAhead = worksAhead;
    }

    public HandshakeState State { get; private set; } = HandshakeState.Greeting;

    /// <summary>The minor version both ends can use: 0 or 1.</summary>
    public int MinorVersion { get; private set; }

    /// <summary>The mechanism, from the end of the greeting on. Belongs to the machine until <see cref="TakeMechanism"/>.</summary>
    public Mechanism Mechanism => _mechanism ?? throw new InvalidOperationException("The greeting is not complete.");

    /// <summary>Whether a whole signature has come, and not a whole greeting: it is a ZeroMQ socket that is there.</summary>
    public bool IsMidGreeting => State == HandshakeState.Greeting && _seen >= Greeting.SignatureLength;

    /// <summary>
    /// What it may mean that the peer, whose greeting is there, sends nothing more, in sentences; empty while its silence means nothing yet. On any
    /// thread.
    /// </summary>
    public string WhyPeerIsSilent
    {
        get
        {
            if (State != HandshakeState.Handshaking) return "";
            var security = _options.Security;
            var isServer = security.HasRoles && security.IsServer;
            var silence = _hasReadCommand ? "It began its handshake and did not go on." : "It sent its greeting and nothing since.";
            return (isServer, _hasReadCommand) switch
            {
                (true, false) =>
                    $"{silence} So it is where both ends are configured as the {security.MechanismName} server, which libzmq's greeting does not tell: " +
                    "each waits for a client. One of them must be the client; if the other end is, check what holds it up.",
                (true, true) => $"{silence} Check what holds the client up.",
                (false, _) =>
                    $"{silence} Check whether its authenticator, if it asks one, answers: libzmq waits for that without a word, and after a 300 too. " +
                    "Else check what holds it up.",
            };
        }
    }

    /// <summary>Writes our greeting, all 64 octets at once: no downgrade is wanted (RFC 23, "Version Negotiation").</summary>
    public void Start(IBufferWriter<byte> output)
    {
        Greeting.Write(_options.Security.MechanismName, _options.Security.IsServer, output.GetSpan(Greeting.Length)[..Greeting.Length]);
        output.Advance(Greeting.Length);
    }

    /// <summary>Looks at what has come, and takes nothing of it. Valid while <see cref="State"/> is Greeting.</summary>
    /// <returns>Whether the peer's greeting is whole.</returns>
    public bool SeesGreeting(ReadOnlySpan<byte> input) => Sees(input, out _);

    /// <summary>Takes octets from the peer.</summary>
    /// <param name="input">All that is unread, contiguous.</param>
    /// <param name="output">Receives what is to be sent.</param>
    /// <returns>How many octets were used; the rest is to be given again, with more behind it.</returns>
    public int Receive(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        var used = 0;
        if (State == HandshakeState.Greeting)
        {
            if (!Sees(input, out var greeting)) return 0;
            used = Greeting.Length;
            Accept(greeting);
            Continue(output);
        }

        while (State == HandshakeState.Handshaking && TryReadCommand(input[used..], out var body, out var length))
        {
            used += length;
            Mechanism.ReadCommand(body);
            _hasReadCommand = true;
            EndLongCommand();
            Continue(output);
        }

        return used;
    }

    /// <summary>Uses the time until the peer's next command, if that is what it was made for. What was to be sent has been.</summary>
    public void WorkAhead()
    {
        if (_worksAhead && State == HandshakeState.Handshaking) Mechanism.WorkAhead();
    }

    /// <summary>How long the peer's next command may still take for the mechanism's sake; negative for no limit.</summary>
    public TimeSpan TimeLeft => State == HandshakeState.Handshaking ? Mechanism.TimeLeft : Timeout.InfiniteTimeSpan;

    /// <summary>Why the peer, which had been let in, may not stay after all; null while it may.</summary>
    public string? RevocationReason => _admission?.RevocationReason;

    /// <summary>
    /// The user id of the verdict that the admission came with; empty where there is none. Told when the mechanism may be gone already, with a
    /// question that it still has open.
    /// </summary>
    public string UserId { get; private set; } = "";

    /// <summary>Takes the authenticator's verdict, and with it the admission. Valid while Authenticating.</summary>
    public void Authenticate(AuthenticationResult result, IBufferWriter<byte> output)
    {
        _admission?.Dispose();
        _admission = result.Admission;
        UserId = result.UserId;
        Mechanism.Authenticate(result);
        Continue(output);
    }

    /// <summary>Hands the mechanism over to the traffic phase.</summary>
    public Mechanism TakeMechanism()
    {
        var mechanism = Mechanism;
        _mechanism = null;
        return mechanism;
    }

    /// <summary>Hands the admission over to the traffic phase; null when there is none.</summary>
    public Admission? TakeAdmission()
    {
        var admission = _admission;
        _admission = null;
        return admission;
    }

    public void Dispose()
    {
        EndLongCommand();
        _mechanism?.Dispose();
        _admission?.Dispose();
    }

    private bool Sees(ReadOnlySpan<byte> input, out Greeting greeting)
    {
        if (Greeting.TryRead(input, out greeting)) return true;
        _seen = input.Length;
        return false;
    }

    private void Accept(Greeting greeting)
    {
        var security = _options.Security;
        if (!greeting.MechanismIs(security.MechanismName))
        {
            throw new ZmtpProtocolException(
                ProtocolError.MechanismMismatch,
                $"We are configured for {security.MechanismName}, the peer announces \"{greeting.MechanismText}\". " +
                "Check the security settings of both ends.",
                mayRetry: false);
        }

        // libzmq sends as-server 0 on servers too, so a 0 says nothing; two 1s can never work.
        if (security.HasRoles && security.IsServer && greeting.AsServer)
        {
            throw new ZmtpProtocolException(
                ProtocolError.RoleConflict,
                $"Both ends are configured as the {security.MechanismName} server. One of them must be the client.",
                mayRetry: false);
        }

        MinorVersion = greeting.Minor;
        _mechanism = security.CreateMechanism(new HandshakeContext
        {
            SocketType = _options.SocketType,
            IsConnecting = _isConnecting,
            PeerMinorVersion = greeting.Minor,
            LocalMetadata = _options.LocalMetadata,
            Domain = _options.Domain,
            PeerAddress = _peerAddress,
            Time = _options.Time,
            WorksAhead = _worksAhead,
        });
    }

    private void Continue(IBufferWriter<byte> output)
    {
        while (Mechanism.Status == MechanismStatus.Sending) WriteCommand(output);
        State = Mechanism.Status switch
        {
            MechanismStatus.Receiving => HandshakeState.Handshaking,
            MechanismStatus.Authenticating => HandshakeState.Authenticating,
            MechanismStatus.Ready => HandshakeState.Ready,
            _ => HandshakeState.Failed,
        };
    }

    private void WriteCommand(IBufferWriter<byte> output)
    {
        Mechanism.WriteCommand(_command);
        var body = _command.WrittenSpan;
        var span = output.GetSpan(FrameHeader.LongLength + body.Length);
        var header = FrameHeader.Write(FrameFlags.Command, body.Length, span);
        body.CopyTo(span[header..]);
        output.Advance(header + body.Length);

        // Clear zeroes: HELLO of PLAIN holds a password.
        _command.Clear();
    }

    private bool TryReadCommand(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> body, out int length)
    {
        body = default;
        length = 0;
        if (!FrameHeader.TryRead(input, out var header)) return false;
        if (!header.IsCommand)
        {
            throw new ZmtpProtocolException(
                ProtocolError.UnexpectedCommand, "The peer sent a message frame before the handshake was complete.");
        }

        if (header.BodyLength > ConnectionOptions.MaxHandshakeFrame)
        {
            throw new ZmtpProtocolException(
                ProtocolError.FrameTooLarge,
                $"The peer declared a handshake command of {header.BodyLength} octets; at most {ConnectionOptions.MaxHandshakeFrame} are allowed.");
        }

        length = header.HeaderLength + (int)header.BodyLength;
        if (input.Length < length)
        {
            // What has come is held until the rest is there; what is declared costs nothing.
            if (header.BodyLength > LongCommands.FreeLength && input.Length > LongCommands.FreeLength) BeginLongCommand(header);
            return false;
        }

        body = input[header.HeaderLength..length];
        return true;
    }

    // Its header is looked at again with every read until all of it is there.
    private void BeginLongCommand(FrameHeader header)
    {
        if (_isLong) return;
        if (!LongCommands.TryTake()) throw TooManyLongCommands(header);
        _isLong = true;
    }

    private void EndLongCommand()
    {
        if (!_isLong) return;
        _isLong = false;
        LongCommands.GiveBack();
    }

    private static ZmtpException TooManyLongCommands(FrameHeader header) => new(
        $"The peer declared a handshake command of {header.BodyLength} octets, for which there was no room: of commands longer than " +
        $"{LongCommands.FreeLength} octets at most {LongCommands.MaxAtOnce} are taken in at a time, in all handshakes of the process. Check who sends such " +
        "long ones and does not finish them, and how long the metadata of good peers are.",
        FaultOrigin.Local,
        mayRetry: true);
}
