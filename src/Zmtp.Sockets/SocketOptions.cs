using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Transports;

namespace Zmtp.Sockets;

/// <summary>
/// The settings of a socket. Immutable; checked when the socket is made. No duration may be longer than 24 days, but for
/// <see cref="Timeout.InfiniteTimeSpan"/> where it is said what that means. The same may be given to any number of sockets, of several types too: what is
/// said to be of some types means nothing to the others, and is no error there.
/// </summary>
/// <remarks>
/// What is not wanted is said the same way everywhere: a limit that is a number is none at 0; a limit that is a time is none at
/// <see cref="Timeout.InfiniteTimeSpan"/>; and what is done after a time, or again and again, is never done if that is infinite. Where zero or null
/// means the same, or there is no doing without, it says so.
/// </remarks>
public sealed record SocketOptions
{
    /// <summary>The defaults.</summary>
    public static SocketOptions Default { get; } = new();

    /// <summary>The security mechanism, this end's role in it and its credentials. Default NULL. Does not apply to inproc.</summary>
    public ZmtpSecurity Security { get; init; } = NullSecurity.Instance;

    /// <summary>
    /// The ZAP domain (RFC 27), at most 255 ASCII characters. Default empty. Under NULL a domain makes this socket ask the authenticator
    /// about every peer; without one NULL lets everybody in. A PLAIN server always asks, and a CURVE server unless it was made with
    /// <see cref="CurveClients.AllowAny"/>.
    /// </summary>
    public string ZapDomain { get; init; } = "";

    /// <summary>
    /// The high-water mark of each peer's outgoing queue, in messages, whatever their size; 0 for no limit. Default 1000. A full queue makes a sender
    /// wait, or drops, as the pattern has it; a waiting sender goes on when it is half-empty. <see cref="SendHighWaterOctets"/> is the
    /// other limit, and holds beside a 0 here: a queue without any limit, as of libzmq's 0, has 0 for both, over inproc with
    /// <see cref="ReceiveHighWaterMark"/> and <see cref="ReceiveHighWaterOctets"/> of the receiver as well.
    /// </summary>
    public int SendHighWaterMark { get; init; } = 1000;

    /// <summary>
    /// The high-water mark of each peer's incoming queue, in messages; 0 for no limit. Default 1000. At the mark the socket stops
    /// reading from that peer; and below it, too, it may not read for up to 20 ms after a thread's last blocking receive. The buffers of the operating
    /// system come on top. What peers have left to be received that are gone counts together: while it amounts to this mark, or to
    /// <see cref="ReceiveHighWaterOctets"/>, connections that come are not read.
    /// </summary>
    public int ReceiveHighWaterMark { get; init; } = 1000;

    /// <summary>
    /// The octets that each peer's outgoing queue may hold, 0 for no limit; a full queue does as at <see cref="SendHighWaterMark"/>. Default 64 MiB, so
    /// that messages of 1 MiB to a peer that does not read do not take 1 GiB. A single larger message still fits. Each message counts 128 octets on top,
    /// and each of its frames 32. Over inproc the receiver's limit is the one that counts.
    /// </summary>
    /// <remarks>
    /// <c>Send</c> and <c>SendAsync</c> of PUSH, DEALER and PAIR may wait below the marks too, with messages of 32 KiB and more and unless they are
    /// encrypted: when 4 MiB wait for the only peer, which takes them at 1 GB/s or more, until it has taken half of them. Each sender is then
    /// as fast as the connection, and the messages stay in the processor's caches. A peer that stops reading holds senders up so for 20 ms at most, and
    /// not again before it has been as quick; <c>TrySend</c> without a time never waits.
    /// </remarks>
    public long SendHighWaterOctets { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// The octets that each peer's incoming queue may hold, 0 for no limit; beyond, the socket stops reading from that peer, whatever the message count.
    /// Default 64 MiB. A single larger message still gets through. Each frame counts 32 octets on top; a message that is not kept together with
    /// others, as all are that REQ and REP receive, 128; and the first message of each read of the connection, or over inproc of each batch, 256.
    /// </summary>
    public long ReceiveHighWaterOctets { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// How long unsent messages keep a closing socket waiting: zero to 24 days, or <see cref="Timeout.InfiniteTimeSpan"/> for as long as they take.
    /// Default 1 s. libzmq's default is for ever, which is why so many programs never exit. What has not left by then is dropped, as the log says, or
    /// <see cref="ZmtpSocket.CloseAsync"/>. In what is left of it peers may read what has left, in the background: until they hang up, a quarter of a
    /// second at least and 30 s at most.
    /// </summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a blocking send may wait. Default without limit; zero to 24 days, or infinite. Asynchronous sends take a time of their own, or a
    /// cancellation token, instead.
    /// </summary>
    public TimeSpan SendTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How long a blocking receive may wait. Default without limit; zero to 24 days, or infinite. Asynchronous ones take a time of their own, or
    /// a cancellation token, instead.
    /// </summary>
    public TimeSpan ReceiveTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// The Identity that REQ, DEALER and ROUTER announce, by which a ROUTER peer addresses them: 0 to 255 octets, the first not zero.
    /// Default empty. RFC 23 calls the property Identity, libzmq the option routing id (<c>ZMQ_ROUTING_ID</c>); the peer reads it as
    /// <see cref="ZmtpPeer.Identity"/>. Copied where a socket is made.
    /// </summary>
    public ReadOnlyMemory<byte> RoutingId { get; init; }

    /// <summary>
    /// The pause before the first attempt to reconnect; to every pause up to this time is added at random. Default 100 ms; longer than zero.
    /// <see cref="Timeout.InfiniteTimeSpan"/>: there is one attempt and one connection, and then <see cref="SocketEventKind.ConnectStopped"/>.
    /// </summary>
    public TimeSpan ReconnectInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Pauses double up to this time, and start over only after a connection on which something was received, or that lasted a second: a
    /// peer that hangs up right after the handshake may have refused us. The random part comes on top: the longest pause is this time and
    /// one <see cref="ReconnectInterval"/>. Zero to 24 days, not infinite; default 3 s. The same as <see cref="ReconnectInterval"/>, or
    /// less: pauses do not grow.
    /// </summary>
    public TimeSpan ReconnectIntervalMax { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long a peer may take for greeting and handshake, authentication included. Default 30 s, as libzmq; longer than zero, at most 24 days. A
    /// CURVE client has 60 s at most to answer WELCOME, however long this is (RFC 26: what the server keeps for that is discarded then).
    /// </summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many incoming handshakes may be under way at each endpoint: at least 1. Default 1024. One more drops the oldest of the address
    /// with the most (of IPv6: the /64; peers without an address, as over ipc, count as one; among equals the oldest), so a few addresses,
    /// however many silent connections they make, cannot keep out others. Three in four may wait for the authenticator's verdict without
    /// being dropped while their address has others. Without a free file descriptor, however few handshakes there are,
    /// some are dropped in that order, at the endpoint of the process where one address has the most. The authenticator has at most twice
    /// as many open questions per endpoint, peers that are gone included. The same number bounds connections that wait to be read while
    /// what others left is not received (<see cref="ReceiveHighWaterMark"/>), and those whose peers left before all was read; one more ends
    /// the oldest.
    /// </summary>
    public int MaxPendingHandshakes { get; init; } = 1024;

    /// <summary>
    /// The most octets that one incoming message may have, all frames together; each frame but the last counts 32 octets on top, so that endless
    /// empty frames end too. 0 for no limit but memory and, for a frame, 2 GB. Default 256 MiB. A peer that declares more is disconnected before
    /// anything is allocated for it; under CURVE, where up to 64 KiB may be a command, which has a limit of its own, when they have been opened.
    /// </summary>
    public long MaxMessageSize { get; init; } = 256L * 1024 * 1024;

    /// <summary>
    /// How often to send PING to a peer of ZMTP 3.1: up to 24 days; zero or <see cref="Timeout.InfiniteTimeSpan"/>: never. Default zero. One that
    /// announces ZMTP 3.0 (NetMQ, libzmq before 4.3.3) gets none: that it is gone without a word is noticed by the TTL of PINGs that it sends itself,
    /// which are answered, or over tcp by <see cref="TransportOptions.KeepAlive"/>.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// How long a peer may stay silent after a PING: longer than zero; null for as long as the interval, <see cref="Timeout.InfiniteTimeSpan"/>
    /// for ever. Any octet counts as life; where a PING waits behind a long message, so does each octet of it that the peer takes. Default null.
    /// </summary>
    public TimeSpan? HeartbeatTimeout { get; init; }

    /// <summary>
    /// What our PINGs tell the peer: drop us when we are silent for so long. Default zero: nothing. Counted in whole tenths of a second, so that
    /// less than 100 ms tells nothing either. At most 65.5 s, because libzmq misreads more, and so not infinite.
    /// </summary>
    public TimeSpan HeartbeatTtl { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// Whether messages are queued only for peers whose handshake has succeeded. Default false: a queue exists from connect on
    /// and survives reconnects.
    /// </summary>
    public bool Immediate { get; init; }

    /// <summary>
    /// ROUTER: what becomes of a message that cannot be queued. Default false: it is dropped. True: where no connected peer has its routing id,
    /// sending throws a <see cref="HostUnreachableException"/>; where the peer's queue is full, the sender waits for room, as long as
    /// <see cref="SendTimeout"/> or its cancellation token lets it. A peer that the ROUTER itself connects to keeps its routing id and its queue
    /// while it is away, unless <see cref="Immediate"/> is set: what is sent to it then waits for it to come back, and nothing is thrown.
    /// </summary>
    public bool RouterMandatory { get; init; }

    /// <summary>
    /// ROUTER: whether a peer that announces an Identity in use takes it over. Default false: the newcomer is refused. The other one is
    /// disconnected, as its <see cref="SocketEventKind.Disconnected"/> says here, and comes back after its own <see cref="ReconnectInterval"/> if it
    /// connects, over inproc too.
    /// </summary>
    public bool RouterHandover { get; init; }

    /// <summary>
    /// XPUB: whether its application receives each subscription, also one to a topic that another peer, or the same, has subscribed to already; of those
    /// that end it hears when the topic's last has ended. Default false: of a topic the first subscription and the end of the last are received, and
    /// nothing in between. True is for an application that greets each subscriber, with the last value for example.
    /// </summary>
    public bool XPubVerbose { get; init; }

    /// <summary>
    /// XPUB: whether its application receives each subscription and as many ends. Default false. Includes <see cref="XPubVerbose"/>. For an application
    /// that counts, and for the XPUB of a proxy whose publishers greet subscribers: the XSUB counts. One that a peer repeats is received as a beginning
    /// and, right behind it, as an end; so a peer has one of each topic left, which ends with its last CANCEL or with itself.
    /// </summary>
    public bool XPubVerboser { get; init; }

    /// <summary>DEALER, ROUTER and REQ: whether to send an empty message to each new peer. Default false.</summary>
    public bool ProbeRouter { get; init; }

    /// <summary>
    /// Properties for the peer, each name beginning with <c>X-</c>, at most 254, with 63 KiB of names, values and 5 octets for each. They can be read
    /// on its messages. Unverified there.
    /// </summary>
    public ZmtpMetadata Metadata { get; init; } = ZmtpMetadata.Empty;

    /// <summary>Settings of the operating system's sockets.</summary>
    public TransportOptions Transport { get; init; } = TransportOptions.Default;

    /// <summary>Whether it is a socket by which the context asks or serves its ZAP handler, of which the application knows nothing. Default false.</summary>
    internal bool IsOfContext { get; init; }
}
