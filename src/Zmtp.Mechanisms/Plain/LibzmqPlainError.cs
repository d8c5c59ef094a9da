namespace Zmtp.Mechanisms;

// libzmq 4.3:  5E "RROR" reason-length reason        (RFC 24:  05 "ERROR" reason-length reason)
// Its source spells the name "\x05ERROR"; C takes the E for a hex digit and makes one octet 5E of "\x05E". So a libzmq PLAIN server's ERROR
// has no command name, and its PLAIN client does not understand a right one. Seen on 4.3.4; the tests against libzmq hold it.

/// <summary>The ERROR that a libzmq PLAIN server sends: one octet short, but the only word that it has for its refusal.</summary>
internal static class LibzmqPlainError
{
    private static ReadOnlySpan<byte> Prefix => "^RROR"u8;

    /// <summary>Whether a command is that ERROR. No right command begins so: a name of 94 octets would.</summary>
    public static bool IsMatch(ReadOnlySpan<byte> body) => body.Length <= byte.MaxValue && body.StartsWith(Prefix);

    /// <summary>The same ERROR as RFC 24 writes it.</summary>
    public static byte[] Repair(ReadOnlySpan<byte> body) => [5, .. "ERROR"u8, .. body[Prefix.Length..]];
}
