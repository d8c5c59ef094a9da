using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>When a store looks at its directory again.</summary>
public sealed class CertificateStoreScanTests : CertificateStoreRig
{
    /// <summary>A removed certificate must not stay in for hours because a file system once did not answer.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(3 * 24 * 60)]
    public void STORE_ScanThatHung_IsFollowedByTheNextWithinAMinute(int minutes)
    {
        var time = new HangingTime(DateTimeOffset.UtcNow);
        using var store = CertificateStore.Open(Directory.FullPath, Logger, time);
        var listings = 0;
        store.List = directory =>
        {
            if (listings++ == 0) time.Hang(TimeSpan.FromMinutes(minutes));
            return CertificateListing.List(directory);
        };
        time.Advance(CertificateStore.ScanInterval);
        Assert.Equal(1, listings);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEqual(1, listings);
    }

    /// <summary>How long a file may be half written is told from when it was first seen so: however slow the disk is, it is looked at again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task STORE_FileBrokenInPlaceInASlowDirectory_CountsAsSuchAMomentLater(bool isSeenByHand)
    {
        // Elsewhere, because the system would report a change in the directory itself, and that asks for a scan of its own.
        using var elsewhere = new TemporaryDirectory();
        elsewhere.Write("one", Keys.File(One));
        var time = new HangingTime(DateTimeOffset.UtcNow);
        using var store = CertificateStore.Open(Directory.FullPath, Logger, time);
        store.List = _ =>
        {
            time.Hang(TimeSpan.FromSeconds(2));
            return CertificateListing.List(elsewhere.FullPath);
        };
        time.Advance(CertificateStore.ScanInterval);
        Assert.NotNull(await Find(store, One));
        elsewhere.Write("one", "metadata\n");
        if (isSeenByHand) Assert.False(store.Refresh());
        else time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotNull(await Find(store, One));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await Find(store, One));

        // Then nothing is left to be looked at soon.
        elsewhere.Write("one", Keys.File(One));
        time.Advance(TimeSpan.FromSeconds(28));
        Assert.Null(await Find(store, One));
    }

    /// <summary>Each try asks the system once more for what it has none left of, and tells once more.</summary>
    [Fact]
    public void STORE_SystemThatDoesNotWatch_IsAskedOnceForADirectory()
    {
        var path = Directory["clients"];
        using var store = CertificateStore.Open(path, Logger, Time);
        var tries = 0;
        store.Watch.Make = (_, _) =>
        {
            tries++;
            throw new IOException("No watch is left.");
        };
        System.IO.Directory.CreateDirectory(path);
        for (var i = 0; i < 3; i++) store.Refresh();
        Assert.Equal(1, tries);
        Assert.Single(Logger.Entries, entry => entry.Text.Contains("does not report changes", StringComparison.Ordinal));

        // Another one may be on another file system.
        System.IO.Directory.Delete(path);
        store.Refresh();
        System.IO.Directory.CreateDirectory(path);
        store.Refresh();
        Assert.Equal(2, tries);
    }

    /// <summary>A watch takes a thread of the runtime's. The scan has succeeded all the same.</summary>
    [Fact]
    public async Task STORE_NoThreadIsLeftForTheWatch_LetsClientsIn()
    {
        using var store = CertificateStore.Open(Directory["clients"], Logger, Time);
        var tries = 0;
        store.Watch.Make = (_, _) =>
        {
            tries++;
            throw new InsufficientMemoryException();
        };
        Directory.Write("clients/one", Keys.File(One));
        for (var i = 0; i < 3; i++) Time.Advance(CertificateStore.ScanInterval);

        Assert.NotNull(await Find(store, One));
        Assert.Equal(1, tries);
        Assert.Single(Logger.Entries, static entry => entry.Text.Contains("does not report changes", StringComparison.Ordinal));
        Time.Advance(SystemWatch.TryAgainAfter);
        Assert.Equal(2, tries);
    }

    /// <summary>It may have been out of watches for a moment: nothing about the directory need ever change for it to have some again.</summary>
    [Fact]
    public void STORE_SystemThatDidNotWatch_IsAskedAgainAfterAWhileUntilItDoes()
    {
        var path = Directory["clients"];
        using var store = CertificateStore.Open(path, Logger, Time);
        var tries = 0;
        store.Watch.Make = (directory, filter) =>
            ++tries < 3 ? throw new IOException("No watch is left.") : new FileSystemWatcher(directory, filter);
        System.IO.Directory.CreateDirectory(path);
        store.Refresh();
        for (var minute = 1; minute < 5; minute++)
        {
            store.Refresh();
            Assert.Equal(Math.Min(minute, 3), tries);
            Time.Advance(SystemWatch.TryAgainAfter);
            store.Refresh();
        }
    }

    /// <summary>It may have been out of watches for a moment.</summary>
    [LinuxFact]
    public void STORE_SystemThatDidNotWatch_IsAskedForTheDirectoryThatTakesItsPlace()
    {
        var path = Directory["clients"];
        using var store = CertificateStore.Open(path, Logger, Time);
        var tries = 0;
        store.Watch.Make = (directory, filter) =>
            tries++ == 0 ? throw new IOException("No watch is left.") : new FileSystemWatcher(directory, filter);
        System.IO.Directory.CreateDirectory(path);
        for (var replaced = 0; replaced < 3; replaced++)
        {
            store.Refresh();
            store.Refresh();
            Assert.Equal(replaced + 1, tries);
            System.IO.Directory.Move(path, Directory[$"old{replaced}"]);
            System.IO.Directory.CreateDirectory(path);
        }
    }

    /// <summary>Anybody who may write to a file can give it such a time. Elsewhere than on Linux nothing else tells when it was changed.</summary>
    [LinuxFact]
    public void STORE_FileWrittenInTheFuture_IsReadOnceUntilItChanges()
    {
        var future = DateTime.UtcNow.AddDays(1);
        File.SetLastWriteTimeUtc(Directory.Write("one", Keys.File(One)), future);
        Time.Advance(TimeSpan.FromSeconds(10));
        using var store = Open();
        Assert.Equal(1, store.FilesRead);
        Assert.False(store.Refresh());
        Assert.Equal(0, store.FilesRead);

        // Another time, because the clock of the last change may not have moved on since.
        File.SetLastWriteTimeUtc(Directory.Write("one", Keys.File(Two)), future.AddSeconds(1));
        Assert.True(store.Refresh());
        Assert.Equal(1, store.FilesRead);
    }

    [Fact]
    public void STORE_HandlerThatTakesLong_DoesNotPutOffTheNextScan()
    {
        // Elsewhere, because the system would report a change in the directory itself, and that asks for a scan of its own.
        using var elsewhere = new TemporaryDirectory();
        var found = new FoundFile(elsewhere.Write("one", Keys.File(One)), IsDirectory: false, IsLink: false, default);
        var time = new HangingTime(DateTimeOffset.UtcNow);
        using var store = CertificateStore.Open(Directory.FullPath, Logger, time);
        var listings = 0;
        store.List = _ =>
        {
            listings++;
            return [found];
        };
        store.Reloaded += (_, _) => time.Hang(TimeSpan.FromMinutes(10));
        time.Advance(CertificateStore.ScanInterval);
        Assert.Equal(1, store.Count);
        var before = listings;
        time.Advance(CertificateStore.ScanInterval * 2);
        Assert.NotEqual(before, listings);
    }
}
