namespace Zmtp.Zap;

/// <summary>
/// What one Argon2id computation (RFC 9106) costs. Immutable; two of the same numbers are equal. The degree of parallelism is always 1.
/// </summary>
/// <remarks>
/// A peer that can connect makes the server compute a hash for each password that it sends: memory and passes are what an attack costs
/// both sides. The default is the first choice of the OWASP password storage cheat sheet, 19 MiB and 2 passes, some 20 ms of one core;
/// not more than as many as the machine has cores are computed at once, so that memory stays within cores times
/// <see cref="MemoryKiB"/>.
/// </remarks>
public sealed record PasswordHashParameters
{
    /// <summary>The least memory that Argon2 can work with, in KiB.</summary>
    public const int MinMemoryKiB = 8;

    /// <summary>The most memory that is accepted, in KiB: 256 MiB. A hostile file must not use the machine up.</summary>
    public const int MaxMemoryKiB = 256 * 1024;

    /// <summary>The most memory times passes that is accepted, in KiB: 1 GiB, about a second of one core.</summary>
    public const int MaxWorkKiB = 1024 * 1024;

    /// <summary>Creates parameters.</summary>
    /// <param name="memoryKiB">Memory in KiB, <see cref="MinMemoryKiB"/> to <see cref="MaxMemoryKiB"/>.</param>
    /// <param name="passes">Passes over the memory, from 1; memory times passes is at most <see cref="MaxWorkKiB"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public PasswordHashParameters(int memoryKiB, int passes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(memoryKiB, MinMemoryKiB);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(memoryKiB, MaxMemoryKiB);
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(passes, MaxWorkKiB / memoryKiB);
        MemoryKiB = memoryKiB;
        Passes = passes;
    }

    /// <summary>19 MiB and 2 passes.</summary>
    public static PasswordHashParameters Default { get; } = new(19 * 1024, 2);

    /// <summary>Memory, in KiB; "m" in the PHC string.</summary>
    public int MemoryKiB { get; }

    /// <summary>Passes over the memory; "t" in the PHC string.</summary>
    public int Passes { get; }

    internal static bool AreInRange(long memoryKiB, long passes) =>
        memoryKiB is >= MinMemoryKiB and <= MaxMemoryKiB && passes >= 1 && passes <= MaxWorkKiB / memoryKiB;
}
