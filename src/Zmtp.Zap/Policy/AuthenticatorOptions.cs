namespace Zmtp.Zap;

/// <summary>The settings of an authenticator that do not change. Immutable; checked when the authenticator is made.</summary>
public sealed record AuthenticatorOptions
{
    /// <summary>The defaults.</summary>
    public static AuthenticatorOptions Default { get; } = new();

    /// <summary>
    /// Whether connections end when what let them in is taken back: a certificate, a user or a password in a store that says when it
    /// changes (<see cref="IChangingStore"/>), an address, a policy. Default true. False: a change holds for new connections only,
    /// until somebody calls <see cref="Authenticator.RecheckAsync"/>.
    /// </summary>
    public bool EndsRevokedPeers { get; init; } = true;

    /// <summary>
    /// How many passwords each store may be asked to check at once. Default: as many as the machine has processors, 1024 waiting, 5 s. A good
    /// hash costs a processor tens of milliseconds, and every stranger may ask for one: whatever is said here, the stores of this library
    /// together compute as many at once as there are processors.
    /// </summary>
    public CheckLimits PasswordChecks { get; init; } = new() { MaxAtOnce = Environment.ProcessorCount };

    /// <summary>
    /// How much may be asked of each certificate store of the application's own at once, and of each password store about the entries of users
    /// who are connected, which costs no hash. Default 16, 1024 waiting, 5 s. The certificate stores of this library and
    /// <see cref="MemoryPasswordStore"/> answer that from memory and have no queue.
    /// </summary>
    public CheckLimits CertificateLookups { get; init; } = new();

    /// <summary>
    /// When connected peers could not be asked about after a change because a store failed: how long until they are asked about again.
    /// Default 5 s; longer than zero, at most 1 day.
    /// </summary>
    public TimeSpan RecheckInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock of all time limits. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <exception cref="ArgumentException">A value is missing or out of its range.</exception>
    internal void ThrowIfInvalid()
    {
        ArgumentNullException.ThrowIfNull(PasswordChecks);
        ArgumentNullException.ThrowIfNull(CertificateLookups);
        ArgumentNullException.ThrowIfNull(Time);
        PasswordChecks.ThrowIfInvalid();
        CertificateLookups.ThrowIfInvalid();
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RecheckInterval, TimeSpan.Zero, nameof(RecheckInterval));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(RecheckInterval, TimeSpan.FromDays(1), nameof(RecheckInterval));
    }
}
