namespace Zmtp.Zap;

/// <summary>Why a file or directory of a certificate store counts for nothing. It harms no other file. Immutable.</summary>
/// <param name="Path">The file or directory.</param>
/// <param name="Message">A sentence that says what is wrong and what to check. Never a secret.</param>
public sealed record CertificateProblem(string Path, string Message)
{
    /// <summary>The path and the message.</summary>
    public override string ToString() => $"{Path}: {Message}";
}
