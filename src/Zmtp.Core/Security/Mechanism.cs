using System.Buffers;
using System.Security.Cryptography;

namespace Zmtp.Security;

/// <summary>
/// The state machine of one connection's security mechanism. It sees spans and buffer writers; never a socket, a
/// stream, a task, a timer. The driver looks at <see cref="Status"/> and does what it says until that is
/// <see cref="MechanismStatus.Ready"/> or <see cref="MechanismStatus.Failed"/>.
/// </summary>
/// <remarks>
/// <para>Commands are passed as bodies (name length, name, data), without the frame header: the engine frames them.</para>
/// <para>
/// A peer that breaks a rule makes <see cref="ReadCommand"/> throw <see cref="ZmtpProtocolException"/>: the connection is closed without a
/// frame. A peer that is refused in good order takes the machine through Sending (ERROR) to Failed.
/// </para>
/// <para>
/// Not thread-safe during the handshake. Once Ready, one thread may <see cref="Seal"/> while another calls <see cref="Open"/>: the two
/// directions share nothing that changes.
/// </para>
/// <para>Dispose zeroes every secret. Nothing may be called after it.</para>
/// </remarks>
public abstract class Mechanism : IDisposable
{
    /// <summary>What the machine waits for.</summary>
    public abstract MechanismStatus Status { get; }

    /// <summary>Why the handshake was refused; not null exactly when <see cref="Status"/> is Failed.</summary>
    public abstract ZmtpException? Failure { get; }

    /// <summary>The question for the authenticator; valid while <see cref="Status"/> is Authenticating.</summary>
    public virtual AuthenticationRequest AuthenticationRequest =>
        throw new InvalidOperationException("This mechanism does not wait for an authenticator.");

    /// <summary>The peer's properties; empty until they are known, final once Ready.</summary>
    public abstract ZmtpMetadata PeerMetadata { get; }

    /// <summary>The verdict that let the peer in; null on a client or where nobody was asked.</summary>
    public virtual AuthenticationResult? Verdict => null;

    /// <summary>The peer's permanent public key, 32 octets; empty where the mechanism has none.</summary>
    public virtual ReadOnlyMemory<byte> PeerPublicKey => default;

    /// <summary>
    /// What a person should check when the peer hangs up in this state without ERROR: whole sentences, which go into the error that
    /// this end reports. Empty by default: nothing in particular. Never a secret.
    /// </summary>
    public virtual string WhenPeerHangsUp => "";

    /// <summary>Writes the body of the next handshake command. Valid while <see cref="Status"/> is Sending.</summary>
    /// <param name="output">Receives the body: name length, name, data.</param>
    public abstract void WriteCommand(IBufferWriter<byte> output);

    /// <summary>Reads the body of the peer's next handshake command. Valid while <see cref="Status"/> is Receiving.</summary>
    /// <param name="body">Name length, name, data; valid during the call only.</param>
    /// <exception cref="ZmtpProtocolException">The peer broke a rule: close without a frame.</exception>
    public abstract void ReadCommand(ReadOnlySpan<byte> body);

    /// <summary>
    /// Computes now what the peer's next command will call for, as far as it does not depend on that command: what was to be sent is on its way,
    /// and the peer has to answer first. Valid while <see cref="Status"/> is Receiving. It should take some microseconds at most: the thread may
    /// be the one that accepts. The driver calls it before each wait, or never, which <see cref="HandshakeContext.WorksAhead"/> tells; a machine
    /// must do without. The default does nothing.
    /// </summary>
    public virtual void WorkAhead()
    {
    }

    /// <summary>
    /// How long, from now on, the peer's next command may still take: for a machine that must not keep what it needs for it any longer. When it is over,
    /// the driver ends the handshake with <see cref="ProtocolError.HandshakeTimeout"/> and disposes of the machine. It is looked at before each wait for
    /// octets, of which a command may need several. Zero or more, and without effect beyond the socket's handshake time; negative, by default
    /// <see cref="Timeout.InfiniteTimeSpan"/>, for no limit of its own. Valid while <see cref="Status"/> is Receiving.
    /// </summary>
    public virtual TimeSpan TimeLeft => Timeout.InfiniteTimeSpan;

    /// <summary>Takes the authenticator's verdict. Valid while <see cref="Status"/> is Authenticating.</summary>
    /// <param name="result">The verdict. Only 200 goes on; 400 and 500 send ERROR with the code; 300 fails in silence.</param>
    public virtual void Authenticate(AuthenticationResult result) =>
        throw new InvalidOperationException("This mechanism does not wait for an authenticator.");

    /// <summary>
    /// Whether frames are sealed. When false, frames travel as RFC 23 defines them and <see cref="Seal"/> and <see cref="Open"/> are not used.
    /// </summary>
    public virtual bool IsSealing => false;

    /// <summary>Octets that <see cref="Seal"/> adds to the data: the body is this much longer. Zero when nothing is sealed.</summary>
    public virtual int SealOverhead => 0;

    /// <summary>Octets in front of the data that <see cref="Open"/> writes to its destination (the flags octet under CURVE).</summary>
    public virtual int OpenPrefix => 0;

    /// <summary>Seals one frame into the body of a MESSAGE command. Valid when Ready and <see cref="IsSealing"/>.</summary>
    /// <param name="flags">MORE and COMMAND, sealed with the data.</param>
    /// <param name="data">The application's octets, or a command body. Must not overlap <paramref name="body"/>.</param>
    /// <param name="body">Exactly data.Length + <see cref="SealOverhead"/> octets.</param>
    /// <exception cref="ZmtpProtocolException">The nonces are used up.</exception>
    public virtual void Seal(PayloadFlags flags, ReadOnlySpan<byte> data, Span<byte> body) =>
        throw new InvalidOperationException("This mechanism does not seal.");

    /// <summary>Opens the body of a MESSAGE command. Valid when Ready and <see cref="IsSealing"/>.</summary>
    /// <param name="body">The frame's body as received.</param>
    /// <param name="destination">
    /// At least body.Length - <see cref="SealOverhead"/> + <see cref="OpenPrefix"/> octets; the data begin at <see cref="OpenPrefix"/>. Must not overlap
    /// <paramref name="body"/>. Nothing in it may be used when this throws.
    /// </param>
    /// <returns>The flags that were sealed with the data.</returns>
    /// <exception cref="ZmtpProtocolException">Malformed, out of sequence, or the box does not open: close without a frame.</exception>
    public virtual PayloadFlags Open(ReadOnlySpan<byte> body, Span<byte> destination) =>
        throw new InvalidOperationException("This mechanism does not seal.");

    /// <summary>
    /// As <see cref="Open"/>, for a body that nobody needs afterwards: a large frame then needs its memory once. Valid when Ready and
    /// <see cref="IsSealing"/>. By default it opens into memory of its own and copies the data back.
    /// </summary>
    /// <param name="body">
    /// The frame's body as received. The data take the place of its last body.Length - <see cref="SealOverhead"/> octets; what is before
    /// them is undefined. Nothing in it may be used when this throws.
    /// </param>
    /// <returns>The flags that were sealed with the data.</returns>
    /// <exception cref="ZmtpProtocolException">Malformed, out of sequence, or the box does not open: close without a frame.</exception>
    public virtual PayloadFlags OpenInPlace(Span<byte> body)
    {
        var length = Math.Max(0, body.Length - SealOverhead);
        var opened = BlockPool.Rent(length + OpenPrefix);
        var payload = opened.AsSpan(0, length + OpenPrefix);
        try
        {
            var flags = Open(body, payload);
            payload[OpenPrefix..].CopyTo(body[^length..]);
            return flags;
        }
        finally
        {
            // It held what was sealed, and goes to the next renter.
            CryptographicOperations.ZeroMemory(payload);
            BlockPool.Return(opened);
        }
    }

    /// <summary>Zeroes the secrets.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Zeroes the secrets.</summary>
    /// <param name="disposing">Always true: there is no finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
