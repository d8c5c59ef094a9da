using System.Runtime.Versioning;
using Zmtp.Testing;

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

    /// <summary>Whoever put the link there would choose who may read the new file.</summary>
    [UnixTheory]
    [InlineData(false)]
    [InlineData(true)]
    [UnsupportedOSPlatform("windows")]
    public void FILE_SecretOne_KeepsTheModeOfAFileAndNotOfWhatALinkLeadsTo(bool isLink)
    {
        File.SetUnixFileMode(_directory.Write("target", "old"), AtomicFile.PublicMode);
        if (isLink) File.CreateSymbolicLink(_directory["file"], _directory["target"]);
        else File.Move(_directory["target"], _directory["file"]);
        AtomicFile.Write(_directory["file"], "new"u8, AtomicFile.SecretMode, overwrite: true, keepMode: true);
        Assert.Equal(isLink ? AtomicFile.SecretMode : AtomicFile.PublicMode, File.GetUnixFileMode(_directory["file"]));
    }

    /// <summary>The way back begins where the directory is, and not where the link to it is.</summary>
    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void FILE_OverALinkBelowALinkedDirectory_HasTheModeOfWhatItLedTo()
    {
        LinkedRelease.Lay(_directory, "file");
        const UnixFileMode Mode = AtomicFile.SecretMode | UnixFileMode.GroupRead;
        File.SetUnixFileMode(_directory.Write("app/shared/file", "old"), Mode);
        File.SetUnixFileMode(_directory.Write("shared/file", "another"), AtomicFile.PublicMode);
        AtomicFile.Write(_directory["app/current/file"], "new"u8, AtomicFile.PublicMode, overwrite: true, keepMode: true);
        Assert.Equal(Mode, File.GetUnixFileMode(_directory["app/releases/5/file"]));
    }

    [Fact]
    public void FILE_NotWritten_FlushesNothing()
    {
        _directory.Write("file", "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(
            _directory["file"], "new"u8, AtomicFile.PublicMode, overwrite: false, flushDirectory: _ => Assert.Fail("Flushed.")));
    }

    [Fact]
    public async Task FILE_TwoPutInPlaceAtOnce_OneWinsAndStays()
    {
        for (var round = 0; round < 300; round++)
        {
            var target = _directory[$"file{round}"];
            using var barrier = new Barrier(2);
            var won = await Task.WhenAll(Task.Run(() => PutInPlace("a", target, barrier)), Task.Run(() => PutInPlace("b", target, barrier)))
                .WithinAsync();
            Assert.Equal(won[0] ? "a" : "b", File.ReadAllText(target));
            Assert.True(won[0] != won[1], $"Both or none won in round {round}.");
        }

        Assert.Equal(300, Directory.GetFileSystemEntries(_directory.FullPath).Length);
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

    private static bool PutInPlace(string text, string target, Barrier barrier)
    {
        using var file = PendingFile.Write(
            target, System.Text.Encoding.UTF8.GetBytes(text), AtomicFile.PublicMode, overwrite: false, keepMode: false);
        Assert.True(barrier.SignalAndWait(TestTimeout.Default));
        try
        {
            file.PutInPlace();
            return true;
        }
        catch (IOException error)
        {
            Assert.Contains("is there already", error.Message, StringComparison.Ordinal);
            return false;
        }
    }
}
