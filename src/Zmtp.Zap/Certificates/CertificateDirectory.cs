using System.IO.Enumeration;

namespace Zmtp.Zap;

/// <summary>
/// Reads a directory of certificates, whole tree. Names that begin with a dot (temporary files, the links of mounted configuration) and
/// names that end in "_secret" are never opened. Links to files are followed, links to directories are not, because they can run in
/// circles.
/// </summary>
internal static class CertificateDirectory
{
    /// <summary>How long a good certificate that is written in place may be broken before it counts as such.</summary>
    private static readonly TimeSpan WritingTime = TimeSpan.FromMilliseconds(500);

    private static readonly EnumerationOptions OneLevel = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>
    /// Reads what has changed since <paramref name="previous"/> and keeps the rest. Never throws on account of the files.
    /// </summary>
    /// <param name="root">The store's directory.</param>
    /// <param name="previous">What the last scan found.</param>
    /// <param name="nowUtc">The time.</param>
    /// <param name="filesRead">How many files were opened; all others were only looked at.</param>
    /// <returns><paramref name="previous"/> itself when nothing has changed.</returns>
    public static CertificateSnapshot Scan(string root, CertificateSnapshot previous, DateTime nowUtc, out int filesRead)
    {
        filesRead = 0;
        var problems = new List<CertificateProblem>();
        var entries = new SortedList<string, CertificateEntry>(previous.Entries.Count, StringComparer.Ordinal);
        try
        {
            // Sorted first: inserting into a sorted list in order costs nothing.
            var files = Walk(root, problems);
            files.Sort((left, right) => string.CompareOrdinal(left.Path, right.Path));
            foreach (var file in files)
            {
                // A directory that is written to meanwhile may show the same name twice.
                if (entries.ContainsKey(file.Path)) continue;
                entries.Add(file.Path, Read(file, previous.Entries.GetValueOrDefault(file.Path), nowUtc, ref filesRead));
            }
        }
        catch (DirectoryNotFoundException)
        {
            entries.Clear();
            problems.Add(new CertificateProblem(root, "The certificate directory does not exist. Nobody is let in until it does."));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var failed = CertificateSnapshot.Failed(root, error);
            return failed.SaysTheSameAs(previous) ? previous : failed;
        }

        var snapshot = new CertificateSnapshot(entries, problems);
        return snapshot.SaysTheSameAs(previous) ? previous : snapshot;
    }

    private static List<FoundFile> Walk(string root, List<CertificateProblem> problems)
    {
        var files = new List<FoundFile>();
        var pending = new Stack<string>();
        foreach (var found in List(root)) Sort(found);
        while (pending.TryPop(out var directory))
        {
            try
            {
                foreach (var found in List(directory)) Sort(found);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                problems.Add(new CertificateProblem(directory, $"The directory cannot be read; nobody in it is let in. {error.Message}"));
            }
        }

        return files;

        void Sort(FoundFile found)
        {
            if (!found.IsDirectory) files.Add(found);
            else if (!found.IsLink) pending.Push(found.Path);
        }
    }

    private static FileSystemEnumerable<FoundFile> List(string directory) =>
        new(directory, FoundFile.Of, OneLevel)
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) =>
                !entry.FileName.StartsWith(".", StringComparison.Ordinal) &&
                (entry.IsDirectory || !entry.FileName.EndsWith(Certificate.SecretSuffix, StringComparison.Ordinal)),
        };

    private static CertificateEntry Read(FoundFile file, CertificateEntry? previous, DateTime nowUtc, ref int filesRead)
    {
        CertificateEntry entry;
        try
        {
            var stamp = file.IsLink ? TargetStamp(file.Path) : file.Stamp;
            if (previous is not null && previous.IsStillGood(stamp, nowUtc)) return previous;
            filesRead++;
            entry = Load(file.Path, stamp, nowUtc);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ZplFormatException)
        {
            if (previous is not null && IsBeingWritten(file.Stamp, previous, nowUtc)) return previous;
            entry = new CertificateEntry(file.Stamp, nowUtc, null, new CertificateProblem(file.Path, error.Message));
        }

        // Most files that are read again say what they said before; then there is nothing to report.
        if (previous is null || previous.Stamp != entry.Stamp || !previous.SaysTheSameAs(entry)) return entry;
        previous.ReadUtc = nowUtc;
        return previous;
    }

    // Programs that do not replace a file in one step empty it first. Nobody loses his connection over that; the next scan looks again.
    // The creation time does not help: on Linux .NET does not learn it, and gives that of the last write.
    private static bool IsBeingWritten(FileStamp stamp, CertificateEntry previous, DateTime nowUtc)
    {
        var age = nowUtc - stamp.LastWriteUtc;
        return previous.Record is not null && age >= TimeSpan.Zero && age < WritingTime;
    }

    private static CertificateEntry Load(string path, FileStamp stamp, DateTime readUtc)
    {
        // Pipes and devices have no length either, and opening one could wait for ever.
        if (stamp.Length == 0) throw new ZplFormatException("The file is empty.", path);
        using var certificate = Certificate.LoadPublic(path);
        return new CertificateEntry(stamp, readUtc, new CertificateRecord(certificate.PublicKey, certificate.Metadata, path), null);
    }

    private static FileStamp TargetStamp(string path)
    {
        if (new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target)
        {
            return new FileStamp(target.Length, target.LastWriteTimeUtc, target.CreationTimeUtc);
        }

        throw new FileNotFoundException($"{path} is a link to a file that does not exist.");
    }

    private readonly record struct FoundFile(string Path, bool IsDirectory, bool IsLink, FileStamp Stamp)
    {
        public static FoundFile Of(ref FileSystemEntry entry)
        {
            var isLink = entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
            var stamp = entry.IsDirectory || isLink
                ? default
                : new FileStamp(entry.Length, entry.LastWriteTimeUtc.UtcDateTime, entry.CreationTimeUtc.UtcDateTime);
            return new FoundFile(entry.ToFullPath(), entry.IsDirectory, isLink, stamp);
        }
    }
}
