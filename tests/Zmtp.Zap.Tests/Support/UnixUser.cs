using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Zmtp.Zap.Tests;

/// <summary>Other users than the one who runs the tests. Linux, and root, only: see <see cref="IsPossible"/>.</summary>
internal static class UnixUser
{
    [SupportedOSPlatformGuard("linux")]
    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess;

    public static void Own(string path, FileOwner owner) => Assert.Equal(0, ChangeOwner(path, owner.UserId, owner.GroupId));

    /// <summary>Lets everybody into a directory: that of a test is its maker's only.</summary>
    [UnsupportedOSPlatform("windows")]
    public static void OpenToAll(string directory) => File.SetUnixFileMode(
        directory,
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute |
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);

    /// <summary>Runs something with the rights of another user in the file system, on a thread of its own: Linux keeps them by thread.</summary>
    public static void RunAs(FileOwner user, Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            _ = SetFileSystemGroup(user.GroupId);
            _ = SetFileSystemUser(user.UserId);
            try
            {
                action();
            }
#pragma warning disable CA1031 // It is thrown again where it can be seen.
            catch (Exception error)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        Assert.True(thread.Join(Zmtp.Testing.TestTimeout.Default));
        failure?.Throw();
    }

    [DllImport("libc", EntryPoint = "chown", SetLastError = true)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint userId, uint groupId);

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileSystemUser(uint userId);

    [DllImport("libc", EntryPoint = "setfsgid")]
    private static extern int SetFileSystemGroup(uint groupId);
}
