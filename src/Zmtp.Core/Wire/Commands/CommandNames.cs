namespace Zmtp.Wire;

/// <summary>The names of the commands, as octets. Compared exactly: upper case, as every peer sends them.</summary>
public static class CommandNames
{
    /// <summary>READY (RFC 23).</summary>
    public static ReadOnlySpan<byte> Ready => "READY"u8;

    /// <summary>ERROR (RFC 23).</summary>
    public static ReadOnlySpan<byte> Error => "ERROR"u8;

    /// <summary>PING (RFC 37).</summary>
    public static ReadOnlySpan<byte> Ping => "PING"u8;

    /// <summary>PONG (RFC 37).</summary>
    public static ReadOnlySpan<byte> Pong => "PONG"u8;

    /// <summary>SUBSCRIBE (RFC 37).</summary>
    public static ReadOnlySpan<byte> Subscribe => "SUBSCRIBE"u8;

    /// <summary>CANCEL (RFC 37).</summary>
    public static ReadOnlySpan<byte> Cancel => "CANCEL"u8;

    /// <summary>JOIN (RFC 37).</summary>
    public static ReadOnlySpan<byte> Join => "JOIN"u8;

    /// <summary>LEAVE (RFC 37).</summary>
    public static ReadOnlySpan<byte> Leave => "LEAVE"u8;

    /// <summary>HELLO (RFC 24, RFC 26).</summary>
    public static ReadOnlySpan<byte> Hello => "HELLO"u8;

    /// <summary>WELCOME (RFC 24, RFC 26).</summary>
    public static ReadOnlySpan<byte> Welcome => "WELCOME"u8;

    /// <summary>INITIATE (RFC 24, RFC 26).</summary>
    public static ReadOnlySpan<byte> Initiate => "INITIATE"u8;

    /// <summary>MESSAGE (RFC 26).</summary>
    public static ReadOnlySpan<byte> Message => "MESSAGE"u8;
}
