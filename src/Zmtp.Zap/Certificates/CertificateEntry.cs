using Zmtp.Mechanisms;

namespace Zmtp.Zap;

/// <summary>
/// One certificate file as it was read: a record, or a problem, or both where a secret key is in it. A file that cannot be read for now has
/// a problem, and the key that it had.
/// </summary>
internal sealed class CertificateEntry
{
    // What was read, and not only tried.
    private readonly bool _wasRead;

    private CertificateEntry(
        FileStamp stamp, DateTime readUtc, bool wasRead, CertificateRecord? record, CertificateProblem? problem, CurvePublicKey? unknownKey)
    {
        Stamp = stamp;
        ReadUtc = readUtc;
        _wasRead = wasRead;
        Record = record;
        Problem = problem;
        UnknownKey = unknownKey;
    }

    public FileStamp Stamp { get; }

    /// <summary>When the file was last read. Changed by scans only, which come one at a time.</summary>
    public DateTime ReadUtc { get; set; }

    /// <summary>What stands in the file that may be half written, so that this counts still. Changed as <see cref="ReadUtc"/> is.</summary>
    public Unsettled? Unsettled { get; set; }

    public CertificateRecord? Record { get; }

    public CertificateProblem? Problem { get; }

    /// <summary>The client whose file it was when it could last be read; null when it can be read, and when it never could.</summary>
    public CurvePublicKey? UnknownKey { get; }

    /// <summary>The client whose file it is, as far as that is known.</summary>
    public CurvePublicKey? Key => Record?.PublicKey ?? UnknownKey;

    public static CertificateEntry OfRecord(FileStamp stamp, DateTime readUtc, CertificateRecord record, CertificateProblem? secret) =>
        new(stamp, readUtc, wasRead: true, record, secret, null);

    /// <summary>What was read is no certificate.</summary>
    public static CertificateEntry OfProblem(FileStamp stamp, DateTime readUtc, CertificateProblem problem) =>
        new(stamp, readUtc, wasRead: true, null, problem, null);

    /// <summary>A file that could not be read, which is tried again however little it has changed.</summary>
    public static CertificateEntry OfFailure(FileStamp stamp, DateTime readUtc, CertificateProblem problem, CurvePublicKey? unknownKey) =>
        new(stamp, readUtc, wasRead: false, null, problem, unknownKey);

    /// <summary>The file of which nothing is known any more; that is told of its directory and not of each file.</summary>
    public CertificateEntry AsUnknown() => Record is null ? this : new(Stamp, ReadUtc, wasRead: false, null, null, Key);

    public bool IsStillGood(FileStamp stamp, DateTime nowUtc) => _wasRead && stamp == Stamp && Stamp.IsTrusted(ReadUtc, nowUtc);

    public bool SaysTheSameAs(CertificateEntry other) =>
        Problem == other.Problem &&
        UnknownKey == other.UnknownKey &&
        Record?.PublicKey == other.Record?.PublicKey &&
        (Record is null || Record.Metadata.SequenceEqual(other.Record!.Metadata));
}
