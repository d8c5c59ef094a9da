using Zmtp.Mechanisms;

namespace Zmtp.Zap;

/// <summary>What a certificate store has found changed. Immutable.</summary>
public sealed class CertificateStoreReloadedEventArgs : EventArgs
{
    internal CertificateStoreReloadedEventArgs(
        int count, IReadOnlyList<CurvePublicKey> added, IReadOnlyList<CurvePublicKey> removed, IReadOnlyList<CertificateProblem> problems)
    {
        Count = count;
        Added = added;
        Removed = removed;
        Problems = problems;
    }

    /// <summary>How many clients may come in now.</summary>
    public int Count { get; }

    /// <summary>Keys that may come in now and could not before.</summary>
    public IReadOnlyList<CurvePublicKey> Added { get; }

    /// <summary>Keys that could come in before and may not now. Whether their connections end is up to the authenticator.</summary>
    public IReadOnlyList<CurvePublicKey> Removed { get; }

    /// <summary>All files and directories that count for nothing now, and why, and secrets: see <see cref="CertificateStore.Problems"/>.</summary>
    public IReadOnlyList<CertificateProblem> Problems { get; }
}
