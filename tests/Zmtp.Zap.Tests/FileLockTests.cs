using System.Diagnostics;
using System.Runtime.Versioning;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>What others put in the place of the lock of a password file that is saved.</summary>
public sealed class FileLockTests : IDisposable
{
    private const string Lock = ".passwd.lock";

    private static readonly FileOwner Somebody = new(23_456, 34_567);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Root saves a file in a directory that others may write to: a link there must not say what root makes.</summary>
    [Fact]
    public void LOCK_LinkToNothing_MakesNothing()
    {
        using var elsewhere = new TemporaryDirectory();
        File.CreateSymbolicLink(_directory[Lock], elsewhere["outside"]);
        Assert.Contains(_directory[Lock], Assert.ThrowsAny<IOException>(Save).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere.FullPath));
        Assert.False(File.Exists(_directory["passwd"]));
    }

    [Fact]
    public void LOCK_LinkToAFile_LeavesItAsItIs()
    {
        using var elsewhere = new TemporaryDirectory();
        File.CreateSymbolicLink(_directory[Lock], elsewhere.Write("outside", "theirs"));
        Assert.ThrowsAny<IOException>(Save);
        Assert.Equal("theirs", File.ReadAllText(elsewhere["outside"]));
        Assert.False(File.Exists(_directory["passwd"]));
    }

    [UnixFact]
    public async Task LOCK_Pipe_IsNotWaitedFor()
    {
        using var mkfifo = Process.Start("mkfifo", _directory[Lock]);
        await mkfifo.WaitForExitAsync(TestTimeout.Token);
        await Assert.ThrowsAnyAsync<IOException>(() => Task.Run(Save).WithinAsync());
        Assert.False(File.Exists(_directory["passwd"]));
    }

    [Fact]
    public void LOCK_Directory_IsAnError()
    {
        Directory.CreateDirectory(_directory[Lock]);
        var error = Assert.ThrowsAny<SystemException>(Save);
        Assert.Contains(Lock, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Systems other than Linux let nobody open a directory, as they do where the directory around it may not be written to.</summary>
    [Fact]
    public void LOCK_DirectoryAsOtherSystemsTellOfIt_IsNamed()
    {
        Directory.CreateDirectory(_directory[Lock]);
        var error = Assert.ThrowsAny<SystemException>(() => FileLock.TryHoldElsewhere(_directory[Lock], out _)?.Dispose());
        Assert.Contains(_directory[Lock], error.Message, StringComparison.Ordinal);
    }

    /// <summary>It may be that of somebody at work, which only its owner could tell.</summary>
    [RootFact]
    [SupportedOSPlatform("linux")]
    public void LOCK_ThatAnotherUserHasLeftBehind_IsNamed()
    {
        UnixUser.OpenToAll(_directory.FullPath);
        _directory.WriteSecret(Lock, "");
        var error = Assert.Throws<IOException>(() => UnixUser.RunAs(Somebody, Save));
        Assert.Contains("being changed by somebody else", error.Message, StringComparison.Ordinal);
        Assert.Contains(_directory[Lock], error.Message, StringComparison.Ordinal);
        File.Delete(_directory[Lock]);
        UnixUser.RunAs(Somebody, Save);
        Assert.Equal("joe=one\n", File.ReadAllText(_directory["passwd"]));
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void LOCK_DirectoryThatMayNotBeWrittenTo_IsToldAtOnce()
    {
        File.SetUnixFileMode(
            _directory.FullPath, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Assert.Throws<UnauthorizedAccessException>(() => UnixUser.RunAs(Somebody, Save));
    }

    [Fact]
    public void LOCK_LetGoOf_IsGone()
    {
        FileLock.Take(_directory["passwd"]).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_directory.FullPath));
        FileLock.Take(_directory["passwd"]).Dispose();
    }

    private void Save()
    {
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.SetClearText("joe", "one");
        editor.Save();
    }
}
