namespace Zmtp.Zap;

/// <summary>What a policy of the application is for, and how much may be asked of it. Immutable.</summary>
public sealed record PolicyOptions
{
    /// <summary>A policy that comes on top of the stores, with the default limits.</summary>
    public static PolicyOptions Default { get; } = new();

    /// <summary>
    /// Whether the policy checks the credentials itself, in place of the password and certificate stores of its domain, which are then
    /// not asked. Default false: it is asked about peers that the store has let through, and has the last word; where there is no
    /// store for the peer's mechanism, the peer is refused before.
    /// </summary>
    /// <remarks>
    /// A policy that looks at something else, the time of day for example, must leave this false: with true nobody but the policy looks
    /// at the password. Under CURVE the handshake has proved in either case that the client owns its key.
    /// </remarks>
    public bool InsteadOfStores { get; init; }

    /// <summary>How much may be asked of the policy at once. Default 16 calls, 1024 waiting, 5 s.</summary>
    public CheckLimits Limits { get; init; } = new();
}
