using System.IO.Enumeration;

namespace Zmtp.Zap;

/// <summary>
/// The files of a directory of certificates, whole tree. Names that begin with a dot (temporary files, the links of mounted configuration)
/// are left out, and so are names that end in "_secret", which are a problem. Links to directories are not followed, because they can run in circles.
/// </summary>
/// <remarks>
/// A directory that is written to while it is listed may show a name twice, and on some file systems (btrfs, tmpfs, NFS) a file that is
/// renamed over or moved meanwhile not at all. A client in such a file must not lose its connection over that: when something that was
/// there is missing, the tree is listed once more, and what is still missing is looked for by its path.
/// </remarks>
/// <param name="root">The directory at the top.</param>
/// <param name="list">What is in one directory. For tests, else <see cref="List"/>.</param>
internal sealed class CertificateListing(string root, Func<string, IEnumerable<FoundFile>> list)
{
    private static readonly EnumerationOptions OneLevel = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly List<FoundFile> _files = [];
    private readonly List<CertificateProblem> _problems = [];
    private readonly List<string> _unlisted = [];
    private readonly SortedSet<string> _writable = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _secrets = new(StringComparer.Ordinal);

    /// <summary>What was found, by path in ordinal order; a path may be there twice.</summary>
    public IReadOnlyList<FoundFile> Files => _files;

    /// <summary>The directories that cannot be read, and those that hold secret files.</summary>
    public IEnumerable<CertificateProblem> Problems => _problems.Concat(_secrets.GroupBy(Path.GetDirectoryName).Select(OfSecrets));

    /// <summary>Those among them whose reading failed, so that nobody knows what is in them.</summary>
    public IReadOnlyList<string> Unlisted => _unlisted;

    /// <summary>
    /// The directories and files that others than their owner may write to, and those that links lead to or are held by, wherever they are.
    /// </summary>
    public IReadOnlySet<string> Writable => _writable;

    /// <summary>Whether a path is in a directory that is <see cref="Unlisted"/>.</summary>
    public bool IsUnlisted(string path) => _unlisted.Exists(
        directory => path.Length > directory.Length && path.StartsWith(directory, StringComparison.Ordinal) &&
            path[directory.Length] == Path.DirectorySeparatorChar);

    /// <summary>Lists the tree.</summary>
    /// <param name="known">The paths that were there before, in ordinal order.</param>
    /// <exception cref="IOException">The directory at the top cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public void Run(IEnumerable<string> known)
    {
        Walk();
        if (!MissingOf(known).Any()) return;

        // What the first look has shown may be what the second misses.
        var seen = _files.Select(static file => file.Path).Union(known).Order(StringComparer.Ordinal).ToList();
        Walk();

        // Where the file system takes upper for lower case, a file that was renamed in case only would be found by its old name, too.
        var names = _files.Select(static file => file.Path).ToHashSet(StringComparer.OrdinalIgnoreCase);
        FoundFile[] found = [.. MissingOf(seen).Where(path => !names.Contains(path)).Select(LookFor).OfType<FoundFile>()];
        if (found.Length == 0) return;
        _files.AddRange(found);
        Sort();
    }

    /// <summary>What is in one directory.</summary>
    public static IEnumerable<FoundFile> List(string directory) =>
        new FileSystemEnumerable<FoundFile>(directory, FoundFile.Of, OneLevel)
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) =>
                !entry.FileName.StartsWith(".", StringComparison.Ordinal),
        };

    private void Walk()
    {
        _files.Clear();
        _problems.Clear();
        _unlisted.Clear();
        _writable.Clear();
        _secrets.Clear();
        var pending = new Stack<string>();
        foreach (var found in list(root)) Take(found);
        LookWhoMayWrite(root);
        var walk = new PathWalk();
        LookWhoMayTurn(walk, root);
        while (pending.TryPop(out var directory))
        {
            try
            {
                foreach (var found in list(directory)) Take(found);
                LookWhoMayWrite(directory);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                AddUnreadable(directory, error);
            }
        }

        foreach (var link in _files.Where(static file => file.IsLink)) LookWhoMayWriteBehind(walk, link.Path);
        Sort();

        void Take(FoundFile found)
        {
            if (!found.IsDirectory && found.Path.EndsWith(Certificate.SecretSuffix, StringComparison.Ordinal))
            {
                _secrets.Add(found.Path);
                return;
            }

            if (found.IsWritableByOthers) _writable.Add(found.Path);
            if (!found.IsDirectory) _files.Add(found);
            else if (!found.IsLink) pending.Push(found.Path);
        }
    }

    // One for a directory, and without their number, or it would be another problem each time the number changes: to keep both halves of a
    // thousand clients there is one mistake.
    private static CertificateProblem OfSecrets(IEnumerable<string> paths) => new(
        paths.First(),
        "It is a secret file: it is not read, and belongs to its owner only. Take it away, and others like it if there are any in this " +
        "directory; make a new pair if others may have read it.")
    {
        IsOfASecret = true,
    };

    private void LookWhoMayWrite(string path) =>
        AddIf(path, static path => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & AtomicFile.OthersMayWrite) != 0);

    // A user that may change where a link leads decides what is in the store.
    private string LookWhoMayTurn(PathWalk walk, string path)
    {
        var holders = new List<string>();
        var end = walk.Follow(path, holders);
        foreach (var holder in holders) AddIf(holder, PathWalk.IsReplaceableIn);
        return end;
    }

    // And what a link leads to is in it.
    private void LookWhoMayWriteBehind(PathWalk walk, string link)
    {
        var end = LookWhoMayTurn(walk, link);
        AddIf(Path.GetDirectoryName(end) ?? end, PathWalk.IsReplaceableIn);
        if (File.Exists(end)) LookWhoMayWrite(end);
    }

    private void AddIf(string path, Func<string, bool> isWritable)
    {
        try
        {
            if (isWritable(path)) _writable.Add(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It was there, and is gone by now: the next scan says so.
        }
    }

    private void Sort() => _files.Sort(static (left, right) => string.CompareOrdinal(left.Path, right.Path));

    /// <summary>Those of some paths, in ordinal order, that were not found. Both are sorted, so that one pass does.</summary>
    private IEnumerable<string> MissingOf(IEnumerable<string> paths)
    {
        var i = 0;
        foreach (var path in paths)
        {
            while (i < _files.Count && string.CompareOrdinal(_files[i].Path, path) < 0) i++;
            if (i == _files.Count || _files[i].Path != path) yield return path;
        }
    }

    private FoundFile? LookFor(string path)
    {
        // As in a listing: not in directories that cannot be read, nor through links.
        return DirectoriesAbove(path).TrueForAll(MayHoldFiles) ? FoundFile.At(path) : null;
    }

    /// <summary>Those below the root, from the top.</summary>
    private List<string> DirectoriesAbove(string path)
    {
        var directories = new List<string>();
        for (var directory = Path.GetDirectoryName(path); directory?.Length > root.Length; directory = Path.GetDirectoryName(directory))
        {
            directories.Insert(0, directory);
        }

        return directories;
    }

    private bool MayHoldFiles(string directory)
    {
        if (_problems.Exists(problem => problem.Path == directory)) return false;
        try
        {
            var attributes = File.GetAttributes(directory);
            return attributes.HasFlag(FileAttributes.Directory) && !attributes.HasFlag(FileAttributes.ReparsePoint);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            AddUnreadable(directory, error);
            return false;
        }
    }

    private void AddUnreadable(string directory, Exception error)
    {
        // That it is gone or may not be read is an answer.
        if (error is not (DirectoryNotFoundException or UnauthorizedAccessException)) _unlisted.Add(directory);
        _problems.Add(new CertificateProblem(directory, $"The directory cannot be read; nobody in it is let in. {error.Message}"));
    }
}
