using System.Diagnostics;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Anybody who may write to a directory can give it, and what is in it, times that .NET has no words for.</summary>
public sealed class CertificateStoreTimeTests : CertificateStoreRig
{
    [LinuxTheory]
    [InlineData("@300000000000")]
    [InlineData("@-300000000000")]
    public async Task STORE_SubdirectoryWithATimeBeyondTheCalendar_IsReadAsAnyOther(string time)
    {
        using var memory = TemporaryDirectory.InMemory();
        memory.Write("sub/one", Keys.File(One));
        memory.Write("two", Keys.File(Two));
        System.IO.Directory.CreateSymbolicLink(memory["link"], memory["sub"]);
        await GiveTimeAsync(memory["sub"], time);
        await GiveTimeAsync(memory["link"], time);
        Assert.Throws<ArgumentOutOfRangeException>(() => System.IO.Directory.GetLastWriteTimeUtc(memory["sub"]));

        using var store = CertificateStore.Open(memory.FullPath, Logger, Time);
        Assert.False(store.Refresh());
        Assert.NotNull(await Find(store, One));
        Assert.NotNull(await Find(store, Two));
        Assert.Empty(store.Problems);
    }

    [LinuxTheory]
    [InlineData("@300000000000")]
    [InlineData("@-300000000000")]
    public async Task STORE_FileWithATimeBeyondTheCalendar_IsReadAsAnyOther(string time)
    {
        using var memory = TemporaryDirectory.InMemory();
        var path = memory.Write("one", Keys.File(One));
        await GiveTimeAsync(path, time);
        var file = new FileInfo(path);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.LastWriteTimeUtc);
        using var store = CertificateStore.Open(memory.FullPath, Logger, Time);
        Assert.NotNull(await Find(store, One));

        // Where the system tells no more than .NET does, nothing is known of such a file.
        Assert.Equal(default, FileStamp.AsDotNetTells(file));
        Assert.NotEqual(default, FileStamp.Of(file));
    }

    private static async Task GiveTimeAsync(string path, string time)
    {
        using var touch = Process.Start("touch", ["-h", "-d", time, path]);
        await touch.WaitForExitAsync(TestTimeout.Token);
        Assert.Equal(0, touch.ExitCode);
    }
}
