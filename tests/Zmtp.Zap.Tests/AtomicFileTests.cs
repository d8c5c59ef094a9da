namespace Zmtp.Zap.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FILE_Written_HasItsDirectoryFlushedOnceItIsInPlace(bool overwrite)
    {
        if (overwrite) _directory.Write("file", "old");
        var flushed = new List<string>();
        AtomicFile.Write(_directory["file"], "new"u8, AtomicFile.PublicMode, overwrite, flushDirectory: path =>
        {
            Assert.Equal("new", File.ReadAllText(_directory["file"]));
            flushed.Add(path);
        });
        Assert.Equal([_directory.FullPath], flushed);
    }

    [Fact]
    public void FILE_OverALinkToNothing_IsWritten()
    {
        File.CreateSymbolicLink(_directory["file"], _directory["nothing"]);
        AtomicFile.Write(_directory["file"], "new"u8, AtomicFile.SecretMode, overwrite: true, keepMode: true);
        Assert.Equal("new", File.ReadAllText(_directory["file"]));
        Assert.Null(new FileInfo(_directory["file"]).LinkTarget);
        if (!OperatingSystem.IsWindows()) Assert.Equal(AtomicFile.SecretMode, File.GetUnixFileMode(_directory["file"]));
    }

    [Fact]
    public void FILE_NotWritten_FlushesNothing()
    {
        _directory.Write("file", "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(
            _directory["file"], "new"u8, AtomicFile.PublicMode, overwrite: false, flushDirectory: _ => Assert.Fail("Flushed.")));
    }

    [Fact]
    public void FILE_DirectoryThatCannotBeFlushed_IsToldAndTheFileStays()
    {
        var error = Assert.Throws<UnflushedException>(() => AtomicFile.Write(
            _directory["file"], "new"u8, AtomicFile.PublicMode, overwrite: false, flushDirectory: _ => throw new IOException("No disk.")));
        Assert.Contains("No disk.", error.Message, StringComparison.Ordinal);
        Assert.Equal("new", File.ReadAllText(_directory["file"]));
        Assert.Single(Directory.GetFileSystemEntries(_directory.FullPath));
    }

    [Fact]
    public void DIRECTORY_ThatIsThere_IsFlushedAndOneThatIsNotIsAnError()
    {
        DirectoryFlush.Run(_directory.FullPath);
        if (OperatingSystem.IsWindows()) return;
        Assert.Throws<IOException>(() => DirectoryFlush.Run(_directory["nothing"]));
    }
}
