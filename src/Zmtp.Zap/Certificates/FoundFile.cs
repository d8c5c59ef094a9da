using System.IO.Enumeration;

namespace Zmtp.Zap;

/// <summary>What a directory shows of a file or directory in it.</summary>
internal readonly record struct FoundFile(string Path, bool IsDirectory, bool IsLink, FileStamp Stamp)
{
    // What .NET gives for a path where there is nothing.
    private const FileAttributes Missing = (FileAttributes)(-1);

    public static FoundFile Of(ref FileSystemEntry entry)
    {
        var path = entry.ToFullPath();

        // Before .NET looks at it, so that each file is asked about once. Of a link to a directory .NET says that it is one.
        if (!entry.IsDirectory && LinuxFile.Of(path, followsLinks: false) is { } file) return Of(path, file);
        var isLink = entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
        var stamp = entry.IsDirectory || isLink
            ? default
            : new FileStamp(entry.Length, entry.LastWriteTimeUtc.UtcDateTime, entry.CreationTimeUtc.UtcDateTime);
        return new FoundFile(path, entry.IsDirectory, isLink, stamp);
    }

    /// <summary>Looks at a path itself.</summary>
    /// <returns>Null when there is no file, or a directory.</returns>
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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone between two questions, or in a directory that may not be entered any more.
            return null;
        }
    }

    private static FoundFile Of(string path, LinuxFile file) =>
        new(path, file.IsDirectory, file.IsLink, file.IsLink || file.IsDirectory ? default : file.Stamp);
}
