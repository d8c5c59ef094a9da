namespace Zmtp.Security;

/// <summary>The flags octet inside a sealed payload (RFC 26, "MESSAGE"; bit 1 is libzmq's, RFC 26 reserves it).</summary>
[Flags]
public enum PayloadFlags : byte
{
    /// <summary>The last, or only, frame of a message.</summary>
    None = 0,

    /// <summary>More frames of the same message follow.</summary>
    More = 1,

    /// <summary>The data are a ZMTP command body (SUBSCRIBE, PING, …), not application data.</summary>
    Command = 2,
}
