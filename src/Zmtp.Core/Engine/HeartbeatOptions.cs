namespace Zmtp.Engine;

/// <summary>When to ask a silent peer for a sign of life (RFC 37, "Connection Heartbeating").</summary>
/// <param name="Interval">Between two PINGs; zero sends none.</param>
/// <param name="Timeout">How long after a PING the peer may stay silent.</param>
/// <param name="Ttl">What our PINGs tell the peer: drop us when we are silent for so long. Zero tells nothing.</param>
internal sealed record HeartbeatOptions(TimeSpan Interval, TimeSpan Timeout, TimeSpan Ttl)
{
    public static readonly HeartbeatOptions Off = new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

    public bool IsOn => Interval > TimeSpan.Zero;

    /// <summary>The ttl field counts tenths of a second.</summary>
    public const int TtlUnitMilliseconds = 100;

    /// <summary>
    /// 65.5 s: libzmq multiplies the field by 100 in 16 bits, so 656 tenths would read as 64 ms there.
    /// </summary>
    public const int MaxTtl = ushort.MaxValue / TtlUnitMilliseconds;

    public ushort TtlField => (ushort)Math.Clamp((long)(Ttl.TotalMilliseconds / TtlUnitMilliseconds), 0, MaxTtl);
}
