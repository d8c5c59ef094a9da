namespace Zmtp.Zap;

/// <summary>
/// Reads a directory of certificates, whole tree: what <see cref="CertificateListing"/> finds, and nothing else. Links to files are
/// followed.
/// </summary>
internal static class CertificateDirectory
{
    /// <summary>How long a good certificate that is written in place may be broken before it counts as such.</summary>
    public static readonly TimeSpan WritingTime = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Reads what has changed since <paramref name="previous"/> and keeps the rest. Never throws on account of the files.
    /// </summary>
    /// <param name="root">The store's directory.</param>
    /// <param name="previous">What the last scan found.</param>
    /// <param name="time">The clock.</param>
    /// <param name="list">What is in one directory: <see cref="CertificateListing.List"/>, but for tests.</param>
    /// <param name="writable">
    /// The directories and files that others than their owner may write to; null when the directory could not be read.
    /// </param>
    /// <param name="filesRead">How many files were opened; all others were only looked at.</param>
    /// <param name="isUnsettled">Whether any of them may be half written, and is to be looked at again after <see cref="WritingTime"/>.</param>
    /// <returns><paramref name="previous"/> itself when nothing has changed.</returns>
    public static CertificateSnapshot Scan(
        string root,
        CertificateSnapshot previous,
        TimeProvider time,
        Func<string, IEnumerable<FoundFile>> list,
        out IReadOnlySet<string>? writable,
        out int filesRead,
        out bool isUnsettled)
    {
        writable = null;
        filesRead = 0;
        isUnsettled = false;
        var problems = new List<CertificateProblem>();
        var entries = new SortedList<string, CertificateEntry>(previous.Entries.Count, StringComparer.Ordinal);
        try
        {
            var listing = new CertificateListing(root, list);
            listing.Run(previous.Entries.Keys);
            problems.AddRange(listing.Problems);
            writable = listing.Writable;

            // They come sorted: inserting into a sorted list in order costs nothing.
            foreach (var file in listing.Files)
            {
                if (entries.ContainsKey(file.Path)) continue;
                entries.Add(file.Path, Read(file, previous.Entries.GetValueOrDefault(file.Path), time, ref filesRead, ref isUnsettled));
            }

            KeepUnlisted(listing, previous, entries);
        }
        catch (DirectoryNotFoundException)
        {
            entries.Clear();
            problems.Add(new CertificateProblem(root, "The certificate directory does not exist. Nobody is let in until it does."));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var failed = CertificateSnapshot.Failed(root, error, previous);
            return failed.SaysTheSameAs(previous) ? previous : failed;
        }

        var snapshot = new CertificateSnapshot(entries, problems);
        return snapshot.SaysTheSameAs(previous) ? previous : snapshot;
    }

    // A directory that could not be listed says nothing about who is in it, neither that they are there nor that they are gone.
    private static void KeepUnlisted(
        CertificateListing listing, CertificateSnapshot previous, SortedList<string, CertificateEntry> entries)
    {
        if (listing.Unlisted.Count == 0) return;
        foreach (var (path, entry) in previous.Entries)
        {
            if (entry.Key is not null && listing.IsUnlisted(path) && !entries.ContainsKey(path)) entries.Add(path, entry.AsUnknown());
        }
    }

    private static CertificateEntry Read(
        FoundFile file, CertificateEntry? previous, TimeProvider time, ref int filesRead, ref bool isUnsettled)
    {
        CertificateEntry entry;
        var stamp = file.Stamp;
        var nowUtc = time.GetUtcNow().UtcDateTime;
        try
        {
            if (file.IsLink) stamp = TargetStamp(file.Path);
            if (previous is not null && previous.IsStillGood(stamp, nowUtc)) return Confirm(previous, previous.ReadUtc);
            filesRead++;
            entry = Load(file.Path, stamp, nowUtc);
        }
        catch (ZplFormatException error)
        {
            if (previous is not null && MayBeHalfWritten(stamp, previous, time)) return Keep(previous, out isUnsettled);
            entry = CertificateEntry.OfProblem(stamp, nowUtc, new CertificateProblem(file.Path, error.Message));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (previous is not null && WasWrittenJustNow(stamp, previous, nowUtc)) return Keep(previous, out isUnsettled);
            entry = OfFailure(file.Path, stamp, previous, nowUtc, error);
        }

        // Most files that are read again say what they said before; then there is nothing to report.
        if (previous is null || previous.Stamp != entry.Stamp || !previous.SaysTheSameAs(entry)) return entry;
        return Confirm(previous, nowUtc);
    }

    private static CertificateEntry Confirm(CertificateEntry entry, DateTime readUtc)
    {
        entry.ReadUtc = readUtc;
        entry.Unsettled = null;
        return entry;
    }

    private static CertificateEntry Keep(CertificateEntry entry, out bool isUnsettled)
    {
        isUnsettled = true;
        return entry;
    }

    // That there is no file, or that it may not be read, is an answer. All else (the disk, too many open files) is none: a client that it
    // let in must not be told that it is unknown, and be sent away for good.
    private static CertificateEntry OfFailure(
        string path, FileStamp stamp, CertificateEntry? previous, DateTime nowUtc, Exception error)
    {
        var isAnswer = error is FileNotFoundException or DirectoryNotFoundException or NotAFileException or UnauthorizedAccessException;
        var unknown = isAnswer ? null : previous?.Key;
        var message = unknown is null
            ? error.Message
            : $"The file cannot be read. Its client cannot come in until it can; if it is connected, it stays. {error.Message}";
        return CertificateEntry.OfFailure(stamp, nowUtc, new CertificateProblem(path, message), unknown);
    }

    // Programs that do not replace a file in one step empty it first. Nobody loses his connection over that; the next scan looks again.
    private static bool MayBeHalfWritten(FileStamp stamp, CertificateEntry previous, TimeProvider time)
    {
        if (previous.Key is null) return false;
        previous.Unsettled = Unsettled.See(previous.Unsettled, stamp, time);
        return previous.Unsettled.IsNew(WritingTime, time);
    }

    // Where it is the opening that fails the file's own clock has to do: how long that has failed is not known, and for a file that was good
    // long ago the failure tells more.
    private static bool WasWrittenJustNow(FileStamp stamp, CertificateEntry previous, DateTime nowUtc)
    {
        var age = nowUtc - stamp.LastWriteUtc;
        return previous.Key is not null && age >= TimeSpan.Zero && age < WritingTime;
    }

    private static CertificateEntry Load(string path, FileStamp stamp, DateTime readUtc)
    {
        using var certificate = Certificate.LoadPublic(path);
        if (ZapMetadata.WhyTooMany(certificate.Metadata) is { } why) throw new ZplFormatException(why, path);
        var record = new CertificateRecord(certificate.PublicKey, certificate.Metadata, path);
        return CertificateEntry.OfRecord(stamp, readUtc, record, certificate.HasUnreadSecretKey ? OfSecretKey(path) : null);
    }

    private static CertificateProblem OfSecretKey(string path) => new(
        path,
        "It holds a secret key, which is not read here and belongs to its owner only; the public key counts. Replace the file by what " +
        "\"zmtp cert export\" writes, and make a new pair if others may have read it.")
    {
        IsOfASecret = true,
    };

    private static FileStamp TargetStamp(string path)
    {
        if (LinuxFile.Of(path, followsLinks: true) is { IsDirectory: false } file) return file.Stamp;
        if (PathWalk.FileAt(path) is { } target) return FileStamp.AsDotNetTells(target);

        // There may be nothing, and the looking may have failed: the opening tells which.
        using var opened = UnlockedFile.Open(path);
        return default;
    }
}
