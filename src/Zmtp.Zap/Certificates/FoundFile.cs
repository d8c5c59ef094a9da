using System.IO.Enumeration;

namespace Zmtp.Zap;

/// <summary>
/// What a directory shows of a file or directory in it. The stamp is the default for all but files, and for a file that could not be looked
/// at.
/// </summary>
internal readonly record struct FoundFile(string Path, bool IsDirectory, bool IsLink, FileStamp Stamp)
{
    // What .NET gives for a path where there is nothing, and for its mode.
    private const FileAttributes Missing = (FileAttributes)(-1);

    private const UnixFileMode NoMode = (UnixFileMode)(-1);

    // What .NET gives for the times of what it could not look at.
    private static readonly DateTime Never = DateTime.FromFileTimeUtc(0);

    public static FoundFile Of(ref FileSystemEntry entry)
    {
        var path = entry.ToFullPath();

        // Before .NET looks at it, so that each file is asked about once. Of a link to a directory .NET says that it is one.
        if (!entry.IsDirectory && LinuxFile.Of(path, followsLinks: false) is { } file) return Of(path, file);
        return AsDotNetTells(ref entry);
    }

    /// <summary>As .NET knows it on every system.</summary>
    public static FoundFile AsDotNetTells(ref FileSystemEntry entry)
    {
        var path = entry.ToFullPath();
        var isLink = entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
        if (entry.IsDirectory || isLink) return new FoundFile(path, entry.IsDirectory, isLink, default);
        return new FoundFile(path, IsDirectory: false, IsLink: false, StampOf(ref entry)) { IsWritableByOthers = MayOthersWriteTo(ref entry) };
    }

    /// <summary>Whether others than its owner may write to a file that is no link; never on Windows, which has other rights.</summary>
    public bool IsWritableByOthers { get; init; }

    /// <summary>Looks at a path itself.</summary>
    /// <returns>
    /// Null when there is no file, or a directory. A file without a stamp when that is not known: opening it tells why.
    /// </returns>
    public static FoundFile? At(string path)
    {
        try
        {
            var file = new FileInfo(path);
            var attributes = file.Attributes;
            if (attributes == Missing || attributes.HasFlag(FileAttributes.Directory)) return null;
            var isLink = attributes.HasFlag(FileAttributes.ReparsePoint);
            return new FoundFile(path, IsDirectory: false, isLink, isLink ? default : FileStamp.Of(file));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Gone between two questions.
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new FoundFile(path, IsDirectory: false, IsLink: false, default);
        }
    }

    private static FileStamp StampOf(ref FileSystemEntry entry)
    {
        try
        {
            var writtenUtc = entry.LastWriteTimeUtc.UtcDateTime;
            return writtenUtc == Never ? default : new FileStamp(entry.Length, writtenUtc, entry.CreationTimeUtc.UtcDateTime);
        }
        catch (ArgumentOutOfRangeException)
        {
            // A time that .NET has no words for.
            return default;
        }
    }

    private static bool MayOthersWriteTo(ref FileSystemEntry entry)
    {
        if (OperatingSystem.IsWindows()) return false;
        try
        {
            var mode = entry.ToFileSystemInfo().UnixFileMode;
            return mode != NoMode && (mode & AtomicFile.OthersMayWrite) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Opening it tells why.
            return false;
        }
    }

    private static FoundFile Of(string path, LinuxFile file) =>
        new(path, file.IsDirectory, file.IsLink, file.IsLink || file.IsDirectory ? default : file.Stamp)
        {
            IsWritableByOthers = !file.IsLink && (file.Mode & AtomicFile.OthersMayWrite) != 0,
        };
}
