namespace Zmtp.Zap;

/// <summary>What a password file was found to say, or why it could not be read. Immutable.</summary>
public sealed class PasswordFileReloadedEventArgs : EventArgs
{
    internal PasswordFileReloadedEventArgs(int count, bool isCurrent, IReadOnlyList<PasswordFileProblem> problems)
    {
        Count = count;
        IsCurrent = isCurrent;
        Problems = problems;
    }

    /// <summary>How many users may come in now.</summary>
    public int Count { get; }

    /// <summary>Whether that is what the file says now; false when it is broken and the last good one is in force.</summary>
    public bool IsCurrent { get; }

    /// <summary>The lines that count for nothing, and, when the file is broken, why.</summary>
    public IReadOnlyList<PasswordFileProblem> Problems { get; }
}
