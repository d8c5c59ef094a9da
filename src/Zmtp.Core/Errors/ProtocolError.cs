namespace Zmtp;

/// <summary>
/// What a peer (or a ZAP handler) did wrong. The numbers are those of libzmq's monitor, so that a reader of both logs can
/// compare; values from 0x1000_0100 up name cases that libzmq does not tell apart.
/// </summary>
public enum ProtocolError
{
    /// <summary>No further detail.</summary>
    Unspecified = 0x1000_0000,

    /// <summary>A command arrived that has no place in this state of the handshake or connection.</summary>
    UnexpectedCommand = 0x1000_0001,

    /// <summary>A short nonce was not greater than the one before it (RFC 26).</summary>
    InvalidSequence = 0x1000_0002,

    /// <summary>The vouch or the cookie does not belong to this handshake (RFC 26).</summary>
    KeyExchange = 0x1000_0003,

    /// <summary>A command is malformed and none of the more exact codes fits.</summary>
    MalformedCommand = 0x1000_0011,

    /// <summary>A MESSAGE command is malformed.</summary>
    MalformedMessage = 0x1000_0012,

    /// <summary>A HELLO command is malformed.</summary>
    MalformedHello = 0x1000_0013,

    /// <summary>An INITIATE command is malformed.</summary>
    MalformedInitiate = 0x1000_0014,

    /// <summary>An ERROR command is malformed.</summary>
    MalformedError = 0x1000_0015,

    /// <summary>A READY command is malformed.</summary>
    MalformedReady = 0x1000_0016,

    /// <summary>A WELCOME command is malformed.</summary>
    MalformedWelcome = 0x1000_0017,

    /// <summary>The metadata of a READY or INITIATE command are malformed, or too many.</summary>
    InvalidMetadata = 0x1000_0018,

    /// <summary>A box did not open: wrong key, or octets changed on the way.</summary>
    Cryptographic = 0x1100_0001,

    /// <summary>The two ends are configured for different security mechanisms.</summary>
    MechanismMismatch = 0x1100_0002,

    /// <summary>The ZAP reply does not have the frames that RFC 27 asks for.</summary>
    ZapMalformedReply = 0x2000_0001,

    /// <summary>The ZAP reply carries another request id.</summary>
    ZapBadRequestId = 0x2000_0002,

    /// <summary>The ZAP reply carries another version than 1.0.</summary>
    ZapBadVersion = 0x2000_0003,

    /// <summary>The ZAP reply carries a status code other than 200, 300, 400, 500.</summary>
    ZapInvalidStatus = 0x2000_0004,

    /// <summary>The metadata of the ZAP reply are malformed, or too many.</summary>
    ZapInvalidMetadata = 0x2000_0005,

    /// <summary>The bytes are not a ZMTP greeting: another protocol speaks here.</summary>
    NotZmtp = 0x1000_0100,

    /// <summary>The peer speaks ZMTP 1.0 or 2.0, which carry no security and are refused.</summary>
    UnsupportedVersion = 0x1000_0101,

    /// <summary>Both ends claim to be the server of the mechanism. Two clients end with <see cref="UnexpectedCommand"/>.</summary>
    RoleConflict = 0x1000_0102,

    /// <summary>The two socket types do not talk to each other, or the Socket-Type property is missing or unknown.</summary>
    IncompatibleSocketType = 0x1000_0103,

    /// <summary>A frame is malformed: reserved flags, a command with MORE, or a size above 2^63-1.</summary>
    MalformedFrame = 0x1000_0104,

    /// <summary>A frame is larger than the limit in force.</summary>
    FrameTooLarge = 0x1000_0105,

    /// <summary>The peer did not finish its greeting and handshake, or the authenticator did not decide, within the handshake time.</summary>
    HandshakeTimeout = 0x1000_0106,

    /// <summary>The peer gave no sign of life within the heartbeat time.</summary>
    HeartbeatTimeout = 0x1000_0107,

    /// <summary>The peer closed the connection in the middle of the handshake without saying why.</summary>
    ClosedDuringHandshake = 0x1000_0108,

    /// <summary>The peer's Identity is malformed, or is in use by another live connection.</summary>
    InvalidIdentity = 0x1000_0109,

    /// <summary>A PING or PONG is malformed.</summary>
    MalformedHeartbeat = 0x1000_010A,

    /// <summary>A counter of nonces is used up; the connection must be made anew.</summary>
    NonceExhausted = 0x1000_010B,
}
