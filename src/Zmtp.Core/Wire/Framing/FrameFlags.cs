namespace Zmtp.Wire;

/// <summary>The flags octet of a frame (RFC 23 and RFC 37, section "Framing"). Bits 3 to 7 are reserved and zero.</summary>
[Flags]
internal enum FrameFlags : byte
{
    /// <summary>The last or only frame of a message.</summary>
    None = 0,

    /// <summary>More frames of the same message follow.</summary>
    More = 1,

    /// <summary>The size takes 8 octets instead of 1.</summary>
#pragma warning disable CA1720 // LONG is the RFC's name of this bit.
    Long = 2,
#pragma warning restore CA1720

    /// <summary>The frame is a command. Never together with <see cref="More"/>.</summary>
    Command = 4,
}
