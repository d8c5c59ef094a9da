using Microsoft.Extensions.Logging;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Zap.Tests;

/// <summary>What a store makes of changes in its directory, and whom it tells.</summary>
public sealed class CertificateStoreChangeTests : CertificateStoreRig
{
    [Fact]
    public async Task STORE_AddChangeRemove_CountAfterRefreshAndRaiseReloaded()
    {
        using var store = Open();
        var events = new List<CertificateStoreReloadedEventArgs>();
        store.Reloaded += (_, change) => events.Add(change);
        Assert.False(store.Refresh());

        Directory.Write("file", Keys.File(One));
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, One));
        Assert.False(store.Refresh());

        Directory.Write("file", Keys.File(Two));
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.NotNull(await Find(store, Two));

        File.Delete(Directory["file"]);
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, Two));

        Assert.Equal(3, events.Count);
        Assert.Equal([One], events[0].Added);
        Assert.Equal([Two], events[1].Added);
        Assert.Equal([One], events[1].Removed);
        Assert.Equal([Two], events[2].Removed);
        Assert.Equal(0, events[2].Count);
    }

    [Fact]
    public async Task STORE_EditOfSameSizeAndTime_IsSeen()
    {
        // CZMQ compares whole seconds, the number of files and their size in sum, and misses this one for ever.
        var path = Directory.Write("file", Keys.File(One));
        var time = File.GetLastWriteTimeUtc(path);
        using var store = Open();
        File.WriteAllText(path, Keys.File(Two));
        File.SetLastWriteTimeUtc(path, time);
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, Two));
    }

    [Fact]
    public async Task STORE_FileRenamedOverAnOldOneWithItsSizeAndTime_IsSeenWithinAMinute()
    {
        var old = DateTime.UtcNow.AddDays(-1);
        File.SetLastWriteTimeUtc(Directory.Write("file", Keys.File(One)), old);
        using var store = Open();
        File.SetLastWriteTimeUtc(Directory.Write(".new", Keys.File(Two)), old);
        File.Move(Directory[".new"], Directory["file"], overwrite: true);
        Time.Advance(TimeSpan.FromMinutes(1));
        store.Refresh();
        Assert.NotNull(await Find(store, Two));
    }

    [Fact]
    public async Task STORE_DirectoryVanishes_LetsNobodyInUntilItIsBack()
    {
        Directory.Write("one", Keys.File(One));
        using var store = Open();
        Assert.NotNull(await Find(store, One));
        System.IO.Directory.Delete(Directory.FullPath, recursive: true);
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.Equal(Directory.FullPath, Assert.Single(store.Problems).Path);

        Directory.Write("one", Keys.File(One));
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, One));
        Assert.Empty(store.Problems);
    }

    [Fact]
    public async Task STORE_TimedScan_FindsChangesWithoutAnyWatcher()
    {
        using var store = Open();
        var reloaded = Reload(store);
        Directory.Write("one", Keys.File(One));
        Time.Advance(CertificateStore.ScanInterval * 2);
        Assert.Equal([One], (await reloaded.WithinAsync()).Added);
        File.Delete(Directory["one"]);
        reloaded = Reload(store);
        Time.Advance(CertificateStore.ScanInterval * 2);
        Assert.Equal([One], (await reloaded.WithinAsync()).Removed);
    }

    [Fact]
    public async Task STORE_RealClock_FindsChangesByItself()
    {
        using var store = CertificateStore.Open(Directory.FullPath, Searched.Log);
        var reloaded = Reload(store);

        // Renamed into place: a scan could meet a file that is being written while it is still empty.
        System.IO.Directory.CreateDirectory(Directory["sub"]);
        File.Move(Directory.Write(".new", Keys.File(One)), Directory["sub/one"]);
        Assert.Equal([One], (await reloaded.WithinAsync()).Added);
        reloaded = Reload(store);
        System.IO.Directory.Delete(Directory.FullPath, recursive: true);
        Assert.Equal([One], (await reloaded.WithinAsync()).Removed);
    }

    [Fact]
    public void STORE_HandlerThatThrows_IsLoggedAndHarmsNothing()
    {
        using var store = Open();
        store.Reloaded += (_, _) => throw new InvalidOperationException("handler");
        Directory.Write("one", Keys.File(One));
        Assert.True(store.Refresh());
        Assert.Equal(1, store.Count);
        Assert.Contains(
            Logger.Entries, entry => entry.Level == LogLevel.Error && entry.Text.Contains("handler", StringComparison.Ordinal));
    }

    [Fact]
    public void STORE_Refresh_ReadsOnlyWhatHasChanged()
    {
        var old = DateTime.UtcNow.AddHours(-1);
        for (var i = 0; i < 500; i++) File.SetLastWriteTimeUtc(Directory.Write($"{i}", Keys.File(Keys.Number(i))), old);

        // They have just been changed, whatever their times say.
        Time.Advance(TimeSpan.FromSeconds(10));
        using var store = Open();
        Assert.Equal(500, store.FilesRead);
        Assert.False(store.Refresh());
        Assert.Equal(0, store.FilesRead);

        File.SetLastWriteTimeUtc(Directory.Write("7", Keys.File(Keys.Number(1000))), old.AddSeconds(1));
        File.SetLastWriteTimeUtc(Directory.Write("new", Keys.File(Keys.Number(1001))), old);
        File.Delete(Directory["9"]);
        Assert.True(store.Refresh());
        Assert.Equal(2, store.FilesRead);
        Assert.Equal(500, store.Count);
    }

    [Fact]
    public void STORE_Changed_ComesForKeysAndMetadataAndNotForProblemsOrPlaces()
    {
        Directory.Write("one", Keys.File(One));
        using var store = Open();
        var changes = 0;
        store.Changed += (_, _) => changes++;

        Directory.Write("broken", "!");
        Assert.True(store.Refresh());
        Assert.Equal(0, changes);

        File.Move(Directory["one"], Directory["another name"]);
        Assert.True(store.Refresh());
        Assert.Equal(0, changes);

        Directory.Write("another name", Keys.File(One, "    name = \"Ann\"\n"));
        store.Refresh();
        Assert.Equal(1, changes);

        Directory.Write("two", Keys.File(Two));
        store.Refresh();
        Assert.Equal(2, changes);

        File.Delete(Directory["two"]);
        store.Refresh();
        Assert.Equal(3, changes);

        System.IO.Directory.Delete(Directory.FullPath, recursive: true);
        store.Refresh();
        Assert.Equal(4, changes);
    }

    /// <summary>Those who were there when it could not be read any more stayed; now nobody may.</summary>
    [UnixFact]
    public void STORE_DirectoryThatCouldNotBeReadAndIsGone_IsAChange()
    {
        var path = Directory["clients"];
        Directory.Write("clients/one", Keys.File(One));
        using var store = CertificateStore.Open(path, Logger, Time);
        var changes = 0;
        store.Changed += (_, _) => changes++;
        System.IO.Directory.Delete(path, recursive: true);
        File.CreateSymbolicLink(path, path);
        Assert.True(store.Refresh());
        Assert.Equal(1, changes);

        File.Delete(path);
        Assert.True(store.Refresh());

        Assert.Equal(2, changes);
    }

    [Fact]
    public async Task STORE_FileWrittenInPlace_LosesNobodyForAMoment()
    {
        var path = Directory.Write("one", Keys.File(One));
        using var store = Open();
        Directory.Write("one", "");
        File.SetLastWriteTimeUtc(path, Time.GetUtcNow().UtcDateTime);
        Assert.False(store.Refresh());
        Assert.NotNull(await Find(store, One));

        // Written to its end it counts at once; left as it is, it is broken.
        Directory.Write("one", Keys.File(One, "    name = \"Ann\"\n"));
        Assert.True(store.Refresh());
        Assert.Single((await Find(store, One))!.Metadata);
        Directory.Write("one", "metadata\n");
        store.Refresh();
        Time.Advance(TimeSpan.FromMilliseconds(600));
        store.Refresh();
        Assert.Null(await Find(store, One));
        Assert.Equal(path, Assert.Single(store.Problems).Path);
    }

    /// <summary>The clock of a file server may be ahead of ours, or behind it: how long a file is broken is measured by ours alone.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-10)]
    public async Task STORE_FileWrittenInPlaceByAnotherClock_LosesNobodyForAMoment(int secondsAhead)
    {
        var path = Directory.Write("one", Keys.File(One));
        using var store = Open();
        var written = Time.GetUtcNow().UtcDateTime.AddSeconds(secondsAhead);
        File.SetLastWriteTimeUtc(Directory.Write("one", ""), written);
        Assert.False(store.Refresh());
        Time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.False(store.Refresh());
        Assert.NotNull(await Find(store, One));

        // Written on it has its time anew.
        File.SetLastWriteTimeUtc(Directory.Write("one", "metadata\n"), written.AddMilliseconds(400));
        Assert.False(store.Refresh());
        Time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.False(store.Refresh());
        Time.Advance(TimeSpan.FromMilliseconds(200));
        store.Refresh();
        Assert.Null(await Find(store, One));
        Assert.Equal(path, Assert.Single(store.Problems).Path);
    }

    /// <summary>Whoever may touch the file must not keep in whom it no longer names.</summary>
    [Fact]
    public async Task STORE_BrokenFileThatIsTouchedAgainAndAgain_CountsAllTheSame()
    {
        Directory.Write("one", Keys.File(One));
        using var store = Open();
        for (var touches = 0; await Find(store, One) is not null; touches++)
        {
            Assert.InRange(touches, 0, 20);
            File.SetLastWriteTimeUtc(Directory.Write("one", "metadata\n"), Time.GetUtcNow().UtcDateTime);
            store.Refresh();
            Time.Advance(TimeSpan.FromMilliseconds(200));
        }
    }

    [Fact]
    public void STORE_HandlerOfReloadedThatThrows_KeepsChangedFromNobody()
    {
        using var store = Open();
        var changes = 0;
        store.Reloaded += (_, _) => throw new InvalidOperationException("handler");
        store.Changed += (_, _) => changes++;
        Directory.Write("one", Keys.File(One));
        store.Refresh();
        Assert.Equal(1, changes);
    }

    [Fact]
    public async Task STORE_RemovedFile_IsNoticedByItself()
    {
        Directory.Write("one", Keys.File(One));
        Directory.Write("two", Keys.File(Two));
        using var store = CertificateStore.Open(Directory.FullPath);
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Changed += (_, _) => changed.TrySetResult();
        File.Delete(Directory["one"]);
        await changed.Task.WithinAsync();
        Assert.Null(await Find(store, One));
        Assert.NotNull(await Find(store, Two));
    }

    /// <summary>On some file systems a file that is renamed over while its directory is listed does not show.</summary>
    [Fact]
    public async Task STORE_FileThatIsThereAndNotListed_LosesNobody()
    {
        Directory.Write("one", Keys.File(One));
        Directory.Write("two", Keys.File(Two));
        using var store = Open();
        var changes = 0;
        store.Changed += (_, _) => changes++;
        store.List = directory => CertificateListing.List(directory).Where(file => file.Path != Directory["one"]);
        Assert.False(store.Refresh());
        Assert.NotNull(await Find(store, One));

        // It is looked at like any other.
        Directory.Write("one", Keys.File(One, "    name = \"Ann\"\n"));
        Assert.True(store.Refresh());
        Assert.Single((await Find(store, One))!.Metadata);
        Assert.Equal(1, changes);

        File.Delete(Directory["one"]);
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.NotNull(await Find(store, Two));
    }

    /// <summary>Where case does not count, the old name leads to the file as well; here both are there, and one is listed.</summary>
    [Fact]
    public async Task STORE_FileRenamedInCaseOnly_IsThereOnce()
    {
        Directory.Write("One", Keys.File(One));
        using var store = Open();
        if (File.Exists(Directory["one"])) File.Move(Directory["One"], Directory["one"]);
        else File.Copy(Directory["One"], Directory["one"]);
        store.List = directory => CertificateListing.List(directory).Where(file => file.Path != Directory["One"]);
        Assert.True(store.Refresh());
        Assert.Equal(Directory["one"], (await Find(store, One))!.Source);
        Assert.Empty(store.Problems);
    }

    [Fact]
    public async Task STORE_FileMovedWhileItsDirectoryIsListed_LosesNobody()
    {
        Directory.Write("one", Keys.File(One));
        using var store = Open();
        var changes = 0;
        store.Changed += (_, _) => changes++;
        var listings = 0;
        store.List = directory =>
        {
            if (listings++ > 0) return CertificateListing.List(directory);
            File.Move(Directory["one"], Directory["moved"]);
            return [];
        };
        Assert.True(store.Refresh());
        Assert.Equal(Directory["moved"], (await Find(store, One))!.Source);
        Assert.Equal((2, 0), (listings, changes));
    }

    [Fact]
    public async Task STORE_FileThatIsThereOnlyThroughALinkNow_IsGone()
    {
        Directory.Write("sub/one", Keys.File(One));
        using var store = Open();
        System.IO.Directory.Move(Directory["sub"], Directory[".elsewhere"]);
        System.IO.Directory.CreateSymbolicLink(Directory["sub"], Directory[".elsewhere"]);
        Assert.True(File.Exists(Directory["sub/one"]));
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
    }

    [Fact]
    public async Task STORE_FileInADirectoryThatCannotBeReadAnyMore_IsNotLookedForByItsPath()
    {
        Directory.Write("sub/one", Keys.File(One));
        using var store = Open();
        store.List = directory => directory == Directory.FullPath
            ? CertificateListing.List(directory)
            : throw new UnauthorizedAccessException("No.");
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.Equal(Directory["sub"], Assert.Single(store.Problems).Path);
    }
}
