namespace Zmtp.Zap;

/// <summary>
/// Why a file or directory of a certificate store counts for nothing, or what secret lies in the store and does not belong there. It harms no
/// other file. Immutable.
/// </summary>
/// <param name="Path">The file or directory.</param>
/// <param name="Message">A sentence that says what is wrong and what to check. Never a secret.</param>
public sealed record CertificateProblem(string Path, string Message)
{
    /// <summary>A secret lies where the public certificates are, which lets nobody in and keeps nobody out.</summary>
    internal bool IsOfASecret { get; init; }

    /// <summary>The path and the message.</summary>
    public override string ToString() => $"{Path}: {Message}";
}
