using System.Buffers;
using System.Text;

namespace Zmtp.Wire;

// RFC 23 and RFC 37, section "Greeting".
//
//   greeting  = signature version mechanism as-server filler
//   signature = %xFF padding %x7F
//   padding   = 8OCTET                 ; not significant, never looked at
//   version   = version-major version-minor
//   mechanism = 20mechanism-char       ; "A"-"Z" "0"-"9" "-" "_" "." "+", padded with %x00
//   as-server = %x00 | %x01
//   filler    = 31%x00                 ; sent as zero, never looked at

/// <summary>The 64 octets that each end of a connection sends first. Immutable; safe on any thread.</summary>
public readonly struct Greeting
{
    /// <summary>Octets of the signature: its start (1), the padding (8), its end (1).</summary>
    public const int SignatureLength = SignatureStartLength + PaddingLength + SignatureEndLength;

    /// <summary>Octets of the mechanism field, and so the most characters that a mechanism name has.</summary>
    public const int MechanismLength = 20;

    /// <summary>Octets of a greeting: signature (10), version (2), mechanism (20), as-server (1), filler (31).</summary>
    public const int Length = SignatureLength + VersionLength + MechanismLength + AsServerLength + FillerLength;

    /// <summary>The major version that is sent, and the lowest that is accepted.</summary>
    public const int VersionMajor = 3;

    /// <summary>The minor version that is sent (RFC 37).</summary>
    public const int VersionMinor = 1;

    private const int SignatureStartLength = 1;
    private const int PaddingLength = 8;
    private const int SignatureEndLength = 1;
    private const int VersionMajorLength = 1;
    private const int VersionMinorLength = 1;
    private const int VersionLength = VersionMajorLength + VersionMinorLength;
    private const int AsServerLength = 1;
    private const int FillerLength = 31;

    private const int SignatureEndOffset = SignatureStartLength + PaddingLength;
    private const int VersionMajorOffset = SignatureLength;
    private const int VersionMinorOffset = VersionMajorOffset + VersionMajorLength;
    private const int MechanismOffset = SignatureLength + VersionLength;
    private const int AsServerOffset = MechanismOffset + MechanismLength;

    private const byte SignatureStart = 0xFF;
    private const byte SignatureEnd = 0x7F;

    // A ZMTP 1.0 peer with a long identity has its flags octet here, with this bit clear (RFC 23, "Version Negotiation").
    private const byte SignatureEndBit = 0x01;

    private static readonly SearchValues<char> MechanismChars = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+");

    private readonly byte[]? _mechanism;

    private Greeting(ReadOnlySpan<byte> octets)
    {
        Major = octets[VersionMajorOffset];
        // A higher major version talks to us in ours (RFC 23): its own minor version says nothing about 3.x.
        Minor = Major > VersionMajor ? VersionMinor : Math.Min((int)octets[VersionMinorOffset], VersionMinor);
        AsServer = octets[AsServerOffset] == 1;
        _mechanism = octets.Slice(MechanismOffset, MechanismLength).ToArray();
    }

    /// <summary>The major version that the peer announced: 3 or higher.</summary>
    public int Major { get; }

    /// <summary>The minor version of ZMTP 3 to speak with the peer: 0 (RFC 23) when it announced 3.0, otherwise 1 (RFC 37).</summary>
    public int Minor { get; }

    /// <summary>
    /// Whether the peer claims to be the server of the mechanism. libzmq sends false in either role, so only true says something.
    /// </summary>
    public bool AsServer { get; }

    /// <summary>
    /// The mechanism field up to its padding as text for messages to people: octets outside printable ASCII appear as <c>\xHH</c>.
    /// </summary>
    public string MechanismText => ToText(Mechanism);

    private ReadOnlySpan<byte> Mechanism => _mechanism;

    /// <summary>Writes a greeting of version 3.1 with zero padding.</summary>
    /// <param name="mechanism">The mechanism name.</param>
    /// <param name="asServer">Whether this end is the server of the mechanism; false for NULL.</param>
    /// <param name="destination">Where it goes: at least <see cref="Length"/> octets.</param>
    /// <exception cref="ArgumentException">The name is not a mechanism name, or the destination is too small.</exception>
    public static void Write(string mechanism, bool asServer, Span<byte> destination)
    {
        ThrowIfNotAMechanismName(mechanism);
        if (destination.Length < Length)
        {
            throw new ArgumentException(
                $"A greeting takes {Length} octets; the destination has {destination.Length}.", nameof(destination));
        }

        var greeting = destination[..Length];
        greeting.Clear();
        greeting[0] = SignatureStart;
        greeting[SignatureEndOffset] = SignatureEnd;
        greeting[VersionMajorOffset] = VersionMajor;
        greeting[VersionMinorOffset] = VersionMinor;
        Encoding.ASCII.GetBytes(mechanism, greeting.Slice(MechanismOffset, MechanismLength));
        greeting[AsServerOffset] = asServer ? (byte)1 : (byte)0;
    }

    /// <summary>Reads a greeting, and refuses it at the first octet that cannot belong to one.</summary>
    /// <param name="received">What has arrived so far, from the first octet of the connection; may hold more than the greeting.</param>
    /// <param name="greeting">The greeting; it keeps nothing of the span.</param>
    /// <returns>False when fewer than <see cref="Length"/> octets have arrived and nothing is wrong with them yet.</returns>
    /// <exception cref="ZmtpProtocolException">
    /// <see cref="ProtocolError.NotZmtp"/>: the first octet is not FF.
    /// <see cref="ProtocolError.UnsupportedVersion"/>: a ZMTP 1.0 or 2.0 peer. Both may be retried: a right peer may take its place.
    /// </exception>
    public static bool TryRead(ReadOnlySpan<byte> received, out Greeting greeting)
    {
        greeting = default;
        if (received.Length > 0 && received[0] != SignatureStart) throw NotZmtp(received);
        if (received.Length > SignatureEndOffset && (received[SignatureEndOffset] & SignatureEndBit) == 0)
        {
            throw Unsupported("The peer speaks ZMTP 1.0");
        }

        if (received.Length > VersionMajorOffset && received[VersionMajorOffset] < VersionMajor)
        {
            throw Unsupported(received[VersionMajorOffset] == 0 ? "The peer speaks ZMTP 1.0" : "The peer speaks ZMTP 2.0");
        }

        if (received.Length < Length) return false;
        greeting = new Greeting(received);
        return true;
    }

    /// <summary>Whether the peer's mechanism field is exactly this name and its padding: all 20 octets are compared.</summary>
    /// <param name="name">A mechanism name.</param>
    public bool MechanismIs(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length > MechanismLength || Mechanism.Length != MechanismLength) return false;
        for (var i = 0; i < MechanismLength; i++)
        {
            if (Mechanism[i] != (i < name.Length ? name[i] : '\0')) return false;
        }

        return true;
    }

    /// <summary>Accepts 1 to 20 of A-Z, 0-9, "-", "_", "." and "+".</summary>
    /// <param name="name">What is to be a mechanism name.</param>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static void ThrowIfNotAMechanismName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is > 0 and <= MechanismLength && !name.AsSpan().ContainsAnyExcept(MechanismChars)) return;
        throw new ArgumentException(
            $"\"{name}\" is not a mechanism name. Use 1 to {MechanismLength} of A-Z, 0-9, '-', '_', '.' and '+'.", nameof(name));
    }

    private static string ToText(ReadOnlySpan<byte> mechanism)
    {
        var end = mechanism.LastIndexOfAnyExcept((byte)0) + 1;
        var text = new StringBuilder();
        foreach (var octet in mechanism[..end])
        {
            if (octet is > 0x20 and < 0x7F and not (byte)'\\') text.Append((char)octet);
            else text.Append("\\x").Append(octet.ToString("X2", null));
        }

        return text.ToString();
    }

    private static ZmtpProtocolException NotZmtp(ReadOnlySpan<byte> received)
    {
        if (LooksLikeHttp(received))
        {
            return NotZmtp(
                "The peer seems to speak HTTP", "Check that the port is not a web server's, or that no web client connects to it.");
        }

        if (LooksLikeTls(received))
        {
            return NotZmtp(
                "The peer seems to speak TLS", "Check that neither end uses a TLS port or a TLS proxy; ZMTP has its own security.");
        }

        if (LooksLikeZmtp1(received))
        {
            return NotZmtp(
                "The peer seems to be a ZMTP 1.0 peer",
                "Only ZMTP 3.0 and later are accepted; check the peer's version (libzmq 4.0 or later).");
        }

        return NotZmtp("The peer does not speak ZMTP", "Check that a ZeroMQ socket is at the other end.");
    }

    private static ZmtpProtocolException NotZmtp(string what, string check) =>
        new(ProtocolError.NotZmtp, $"{what}: its first octet is not that of a ZMTP greeting. {check}");

    private static ZmtpProtocolException Unsupported(string what) =>
        new(ProtocolError.UnsupportedVersion,
            $"{what}, which has no security and is refused. Only ZMTP 3.0 and later are accepted; " +
            "check the peer's version (libzmq 4.0 or later).");

    private static bool LooksLikeHttp(ReadOnlySpan<byte> received) =>
        BeginsAlike(received, "GET "u8) || BeginsAlike(received, "POST "u8) || BeginsAlike(received, "PUT "u8) ||
        BeginsAlike(received, "HEAD "u8) || BeginsAlike(received, "OPTIONS "u8) || BeginsAlike(received, "DELETE "u8) ||
        BeginsAlike(received, "CONNECT "u8) || BeginsAlike(received, "PRI * HTTP/2"u8) || BeginsAlike(received, "HTTP/"u8);

    // A TLS record: type handshake (16 hex) or alert (15 hex), then the legacy major version 3.
    private static bool LooksLikeTls(ReadOnlySpan<byte> received) =>
        BeginsAlike(received, [0x16, 0x03]) || BeginsAlike(received, [0x15, 0x03]);

    // RFC 13: the length of the identity frame including its flags octet, then the flags octet, which is sent as zero.
    private static bool LooksLikeZmtp1(ReadOnlySpan<byte> received) => received[0] != 0 && received.Length > 1 && received[1] == 0;

    private static bool BeginsAlike(ReadOnlySpan<byte> received, ReadOnlySpan<byte> other)
    {
        var length = Math.Min(received.Length, other.Length);
        return received[..length].SequenceEqual(other[..length]);
    }
}
