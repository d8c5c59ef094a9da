namespace Zmtp.Zap;

/// <summary>
/// Where paths lead to, and who else may change that: a user that may write to a directory which holds a link of a path, or what is at its
/// end, can put something else there.
/// </summary>
/// <remarks>
/// Directories above those are not looked at: the user that keeps a tree for others has to know who may write to the top of it. What is
/// found to be no link is not asked about again, so that of many paths in one directory each costs one question.
/// </remarks>
internal sealed class PathWalk
{
    // As many as Linux follows. A link to itself is told where the path is opened.
    private const int MostLinks = 40;

    private readonly HashSet<string> _noLinks = new(StringComparer.Ordinal);

    /// <summary>Whether others than its owner may put another file in place of one in a directory: in a sticky one each replaces his own only.</summary>
    /// <exception cref="IOException">The directory cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static bool IsReplaceableIn(string directory)
    {
        if (OperatingSystem.IsWindows()) return false;
        var mode = File.GetUnixFileMode(directory);
        return (mode & AtomicFile.OthersMayWrite) != 0 && !mode.HasFlag(UnixFileMode.StickyBit);
    }

    /// <summary>
    /// What a path leads to, by a path without links. Not <see cref="FileSystemInfo.ResolveLinkTarget"/>, which takes ".." of a link off the
    /// text of its path, where the system goes up from the directory that the link is in.
    /// </summary>
    /// <param name="path">A full path.</param>
    public static string TargetOf(string path) => new PathWalk().Follow(path, []);

    /// <summary>The file that a path leads to, as .NET knows it; null where there is none, or the links lead to no end.</summary>
    /// <param name="path">A full path.</param>
    public static FileInfo? FileAt(string path) => new FileInfo(TargetOf(path)) is { Exists: true, LinkTarget: null } file ? file : null;

    /// <summary>Follows the links of a path, wherever in it they are.</summary>
    /// <param name="path">A full path.</param>
    /// <param name="holders">Gets the directories that hold the links.</param>
    /// <returns>What the path leads to, by a path without links.</returns>
    public string Follow(string path, ICollection<string> holders)
    {
        var current = Path.GetPathRoot(path)!;
        var left = new Stack<string>();
        Push(path[current.Length..]);
        var links = 0;
        while (left.TryPop(out var name))
        {
            if (name == "..")
            {
                current = Path.GetDirectoryName(current) ?? current;
                continue;
            }

            var next = Path.Combine(current, name);
            if (LinkTarget(next) is not { } target || ++links > MostLinks)
            {
                current = next;
                continue;
            }

            holders.Add(current);
            if (Path.GetPathRoot(target) is { Length: > 0 } root) current = root;
            Push(target);
        }

        return current;

        void Push(string names)
        {
            foreach (var name in names.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                if (name != ".") left.Push(name);
            }
        }
    }

    private string? LinkTarget(string path)
    {
        if (_noLinks.Contains(path)) return null;
        try
        {
            if (new FileInfo(path).LinkTarget is { } target) return target;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone, or not to be looked at: that is told where the path is opened.
            return null;
        }

        _noLinks.Add(path);
        return null;
    }
}
