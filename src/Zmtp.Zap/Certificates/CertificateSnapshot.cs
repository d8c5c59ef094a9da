using Zmtp.Mechanisms;

namespace Zmtp.Zap;

/// <summary>What a directory held at one moment. Immutable.</summary>
internal sealed class CertificateSnapshot
{
    public static readonly CertificateSnapshot Empty = new(new SortedList<string, CertificateEntry>(StringComparer.Ordinal), []);

    /// <param name="entries">By path, in ordinal order: of files with the same key the first one counts.</param>
    /// <param name="directoryProblems">Directories that could not be read, or that hold secret files.</param>
    /// <param name="failure">Set when nothing is known, because the store's own directory cannot be read.</param>
    public CertificateSnapshot(
        SortedList<string, CertificateEntry> entries, IEnumerable<CertificateProblem> directoryProblems, Exception? failure = null)
    {
        Entries = entries;
        Failure = failure;
        var problems = new List<CertificateProblem>(directoryProblems);
        var records = new Dictionary<CurvePublicKey, CertificateRecord>(entries.Count);
        var unknown = new Dictionary<CurvePublicKey, string>();
        foreach (var (path, entry) in entries)
        {
            if (entry.Problem is not null) problems.Add(entry.Problem);
            if (entry.UnknownKey is not null) unknown.TryAdd(entry.UnknownKey, path);
            if (entry.Record is null || records.TryAdd(entry.Record.PublicKey, entry.Record)) continue;
            problems.Add(new CertificateProblem(
                path, $"The file has the same key as {records[entry.Record.PublicKey].Source}, which counts. Remove one of the two."));
        }

        foreach (var key in records.Keys) unknown.Remove(key);
        Records = records;
        Unknown = unknown;
        Problems = problems;
    }

    /// <summary>
    /// Nothing is known, so nobody is let in. The clients of the files are remembered: files that cannot be read afterwards must not be
    /// taken for files that never were.
    /// </summary>
    public static CertificateSnapshot Failed(string root, Exception failure, CertificateSnapshot previous)
    {
        var entries = new SortedList<string, CertificateEntry>(previous.Entries.Count, StringComparer.Ordinal);
        foreach (var (path, entry) in previous.Entries)
        {
            if (entry.Key is not null) entries.Add(path, entry.AsUnknown());
        }

        var problem = $"The certificate directory cannot be read. Nobody is let in until it can. {failure.Message}";
        return new CertificateSnapshot(entries, [new CertificateProblem(root, problem)], failure);
    }

    public SortedList<string, CertificateEntry> Entries { get; }

    public IReadOnlyDictionary<CurvePublicKey, CertificateRecord> Records { get; }

    /// <summary>
    /// Clients of which it is not known whether they may still come in, each with the file that would say so and cannot be read.
    /// </summary>
    public IReadOnlyDictionary<CurvePublicKey, string> Unknown { get; }

    public IReadOnlyList<CertificateProblem> Problems { get; }

    public Exception? Failure { get; }

    /// <summary>
    /// Whether the same clients may come in, with the same metadata, wherever their files are. Nothing known is not the same as nobody:
    /// connected clients stay with the one and not with the other.
    /// </summary>
    public bool LetsInTheSameAs(CertificateSnapshot other) =>
        (Failure is null) == (other.Failure is null) &&
        Records.Count == other.Records.Count &&
        Unknown.Count == other.Unknown.Count &&
        Unknown.Keys.All(other.Unknown.ContainsKey) &&
        Records.Values.All(record =>
            other.Records.TryGetValue(record.PublicKey, out var theirs) &&
            (ReferenceEquals(record, theirs) || record.Metadata.SequenceEqual(theirs.Metadata)));

    /// <summary>Whether nothing says that this client may not come in.</summary>
    public bool MayKnow(CurvePublicKey key) => Records.ContainsKey(key) || Unknown.ContainsKey(key);

    public bool SaysTheSameAs(CertificateSnapshot other) =>
        Entries.Count == other.Entries.Count &&
        (Failure is null) == (other.Failure is null) &&
        Problems.SequenceEqual(other.Problems) &&
        Entries.Zip(other.Entries).All(pair => pair.First.Key == pair.Second.Key && ReferenceEquals(pair.First.Value, pair.Second.Value));
}
