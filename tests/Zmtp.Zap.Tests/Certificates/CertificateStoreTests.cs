using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Mechanisms;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Most run on a clock that stands still, so that nothing is scanned but by Refresh or by moving the clock.</summary>
public sealed class CertificateStoreTests : IDisposable
{
    private static readonly CurvePublicKey One = Keys.Number(1);
    private static readonly CurvePublicKey Two = Keys.Number(2);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly ListLogger _logger = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task STORE_Open_ReadsTheWholeTreeWithMetadata()
    {
        _directory.Write("one", Keys.File(One, "    name = \"Ann\"\n"));
        _directory.Write("sub/deep/two.txt", Keys.File(Two));
        using var store = Open();
        Assert.Equal(2, store.Count);
        Assert.Empty(store.Problems);
        var record = await Find(store, One);
        Assert.Equal(new("name", "Ann"), Assert.Single(record!.Metadata));
        Assert.Equal(_directory["one"], record.Source);
        Assert.NotNull(await Find(store, Two));
        Assert.Null(await Find(store, Keys.Client));
    }

    [Fact]
    public void STORE_SecretAndHiddenFiles_AreNotOpened()
    {
        _directory.Write("one", Keys.File(One));
        _directory.Write("one_secret", "this would be a problem if it were read");
        _directory.Write(".hidden", "so would this");
        _directory.Write(".git/config", "and this");
        using var store = Open();
        Assert.Equal(1, store.Count);
        Assert.Empty(store.Problems);
    }

    [Fact]
    public void STORE_FileWithASecretKey_CountsForItsPublicKeyOnly()
    {
        // The secret key in it is not even looked at: it does not belong to the public key.
        _directory.Write("cert", Keys.SecretFile.Replace(Keys.ClientSecret, "not a key at all", StringComparison.Ordinal));
        using var store = Open();
        Assert.Equal(1, store.Count);
        Assert.Empty(store.Problems);
    }

    [Fact]
    public void STORE_BrokenFiles_AreReportedByNameAndHarmNobody()
    {
        _directory.Write("a broken", "metadata\n  name = 1\n");
        _directory.Write("b empty", "");
        _directory.Write("c huge", new byte[CertificateFile.MaxSize + 1]);
        _directory.Write("d good", Keys.File(One));
        File.CreateSymbolicLink(_directory["e link"], _directory["nowhere"]);
        using var store = Open();
        Assert.Equal(1, store.Count);
        Assert.Equal(
            [_directory["a broken"], _directory["b empty"], _directory["c huge"], _directory["e link"]],
            store.Problems.Select(problem => problem.Path));
        Assert.Contains("line 2", store.Problems[0].Message, StringComparison.Ordinal);
        Assert.All(store.Problems, problem => Assert.Contains((LogLevel.Warning, problem.Path), Warnings(problem.Path)));
    }

    [Fact]
    public async Task STORE_TwoFilesOfOneKey_TheFirstByOrdinalPathCounts()
    {
        _directory.Write("b", Keys.File(One, "    name = \"b\"\n"));
        _directory.Write("B", Keys.File(One, "    name = \"B\"\n"));
        _directory.Write("a/x", Keys.File(One, "    name = \"a/x\"\n"));
        using var store = Open();
        Assert.Equal("B", Assert.Single((await Find(store, One))!.Metadata).Value);
        Assert.Equal([_directory["a/x"], _directory["b"]], store.Problems.Select(problem => problem.Path));
        Assert.All(store.Problems, problem => Assert.Contains(_directory["B"], problem.Message, StringComparison.Ordinal));

        File.Delete(_directory["B"]);
        store.Refresh();
        Assert.Equal("a/x", Assert.Single((await Find(store, One))!.Metadata).Value);
    }

    [Fact]
    public async Task STORE_AddChangeRemove_CountAfterRefreshAndRaiseReloaded()
    {
        using var store = Open();
        var events = new List<CertificateStoreReloadedEventArgs>();
        store.Reloaded += (_, change) => events.Add(change);
        Assert.False(store.Refresh());

        _directory.Write("file", Keys.File(One));
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, One));
        Assert.False(store.Refresh());

        _directory.Write("file", Keys.File(Two));
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.NotNull(await Find(store, Two));

        File.Delete(_directory["file"]);
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
        var path = _directory.Write("file", Keys.File(One));
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
        File.SetLastWriteTimeUtc(_directory.Write("file", Keys.File(One)), old);
        using var store = Open();
        File.SetLastWriteTimeUtc(_directory.Write(".new", Keys.File(Two)), old);
        File.Move(_directory[".new"], _directory["file"], overwrite: true);
        _time.Advance(TimeSpan.FromMinutes(1));
        store.Refresh();
        Assert.NotNull(await Find(store, Two));
    }

    [Fact]
    public async Task STORE_LinkToAnotherFile_FollowsTheTarget()
    {
        // How configuration is mounted into containers: the files are links, and what they point to is swapped.
        _directory.Write(".v1/file", Keys.File(One));
        _directory.Write(".v2/file", Keys.File(Two));
        Directory.CreateSymbolicLink(_directory[".data"], _directory[".v1"]);
        File.CreateSymbolicLink(_directory["file"], _directory[".data/file"]);
        using var store = Open();
        Assert.NotNull(await Find(store, One));
        Directory.Delete(_directory[".data"]);
        Directory.CreateSymbolicLink(_directory[".data"], _directory[".v2"]);
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.NotNull(await Find(store, Two));
    }

    [Fact]
    public void STORE_DirectoryLinkedIntoItself_DoesNotRunInCircles()
    {
        _directory.Write("one", Keys.File(One));
        Directory.CreateSymbolicLink(_directory["loop"], _directory.FullPath);
        using var store = Open();
        Assert.Equal(1, store.Count);
    }

    [Fact]
    public async Task STORE_DirectoryVanishes_LetsNobodyInUntilItIsBack()
    {
        _directory.Write("one", Keys.File(One));
        using var store = Open();
        Assert.NotNull(await Find(store, One));
        Directory.Delete(_directory.FullPath, recursive: true);
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.Equal(_directory.FullPath, Assert.Single(store.Problems).Path);

        _directory.Write("one", Keys.File(One));
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, One));
        Assert.Empty(store.Problems);
    }

    [Fact]
    public async Task STORE_DirectoryThatCannotBeRead_Throws()
    {
        if (OperatingSystem.IsWindows()) return;
        var path = _directory["circle"];
        File.CreateSymbolicLink(path, path);
        using var store = CertificateStore.Open(path, _logger, _time);
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
        File.Delete(path);
        _directory.Write("circle/one", Keys.File(One));
        store.Refresh();
        Assert.NotNull(await Find(store, One));
    }

    [Fact]
    public async Task STORE_FileInPlaceOfTheDirectory_LetsNobodyIn()
    {
        using var store = CertificateStore.Open(_directory.Write("file", Keys.File(One)), _logger, _time);
        Assert.Null(await Find(store, One));
        Assert.Single(store.Problems);
    }

    [Fact]
    public async Task STORE_Pipe_IsNotOpened()
    {
        if (OperatingSystem.IsWindows()) return;
        using var mkfifo = Process.Start("mkfifo", _directory["pipe"]);
        await mkfifo.WaitForExitAsync(TestTimeout.Token);
        _directory.Write("one", Keys.File(One));
        using var store = await Task.Run(Open).WithinAsync();
        Assert.Equal(1, store.Count);
        Assert.Equal(_directory["pipe"], Assert.Single(store.Problems).Path);
    }

    [Fact]
    public async Task STORE_TimedScan_FindsChangesWithoutAnyWatcher()
    {
        using var store = Open();
        var reloaded = Reload(store);
        _directory.Write("one", Keys.File(One));
        _time.Advance(CertificateStore.ScanInterval * 2);
        Assert.Equal([One], (await reloaded.WithinAsync()).Added);
        File.Delete(_directory["one"]);
        reloaded = Reload(store);
        _time.Advance(CertificateStore.ScanInterval * 2);
        Assert.Equal([One], (await reloaded.WithinAsync()).Removed);
    }

    [Fact]
    public async Task STORE_RealClock_FindsChangesByItself()
    {
        using var store = CertificateStore.Open(_directory.FullPath, Searched.Log);
        var reloaded = Reload(store);

        // Renamed into place: a scan could meet a file that is being written while it is still empty.
        Directory.CreateDirectory(_directory["sub"]);
        File.Move(_directory.Write(".new", Keys.File(One)), _directory["sub/one"]);
        Assert.Equal([One], (await reloaded.WithinAsync()).Added);
        reloaded = Reload(store);
        Directory.Delete(_directory.FullPath, recursive: true);
        Assert.Equal([One], (await reloaded.WithinAsync()).Removed);
    }

    [Fact]
    public void STORE_HandlerThatThrows_IsLoggedAndHarmsNothing()
    {
        using var store = Open();
        store.Reloaded += (_, _) => throw new InvalidOperationException("handler");
        _directory.Write("one", Keys.File(One));
        Assert.True(store.Refresh());
        Assert.Equal(1, store.Count);
        Assert.Contains(
            _logger.Entries, entry => entry.Level == LogLevel.Error && entry.Text.Contains("handler", StringComparison.Ordinal));
    }

    [Fact]
    public void STORE_SameProblem_IsLoggedOnce()
    {
        var path = _directory.Write("broken", "!");
        using var store = Open();
        for (var i = 0; i < 5; i++) store.Refresh();
        _directory.Write("one", Keys.File(One));
        store.Refresh();
        Assert.Single(Warnings(path));
    }

    [Fact]
    public async Task STORE_Disposed_Throws()
    {
        var store = Open();
        store.Dispose();
        store.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Find(store, One));
        Assert.Throws<ObjectDisposedException>(() => store.Refresh());
    }

    [Fact]
    public async Task STORE_TenThousandCertificates_AreAllThere()
    {
        for (var i = 0; i < 10_000; i++) _directory.Write($"{i % 100}/{i}", Keys.File(Keys.Number(i)));
        var watch = Stopwatch.StartNew();
        using var store = Open();
        var load = watch.Elapsed;
        Assert.Equal(10_000, store.Count);
        Assert.NotNull(await Find(store, Keys.Number(9_999)));

        // About a second on a machine that has nothing else to do; the bound only catches what grows with the square.
        Assert.InRange(load, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void STORE_Refresh_ReadsOnlyWhatHasChanged()
    {
        var old = DateTime.UtcNow.AddHours(-1);
        for (var i = 0; i < 500; i++) File.SetLastWriteTimeUtc(_directory.Write($"{i}", Keys.File(Keys.Number(i))), old);
        using var store = Open();
        Assert.Equal(500, store.FilesRead);
        Assert.False(store.Refresh());
        Assert.Equal(0, store.FilesRead);

        File.SetLastWriteTimeUtc(_directory.Write("7", Keys.File(Keys.Number(1000))), old.AddSeconds(1));
        File.SetLastWriteTimeUtc(_directory.Write("new", Keys.File(Keys.Number(1001))), old);
        File.Delete(_directory["9"]);
        Assert.True(store.Refresh());
        Assert.Equal(2, store.FilesRead);
        Assert.Equal(500, store.Count);
    }

    [Fact]
    public void STORE_Changed_ComesForKeysAndMetadataAndNotForProblemsOrPlaces()
    {
        _directory.Write("one", Keys.File(One));
        using var store = Open();
        var changes = 0;
        store.Changed += (_, _) => changes++;

        _directory.Write("broken", "!");
        Assert.True(store.Refresh());
        Assert.Equal(0, changes);

        File.Move(_directory["one"], _directory["another name"]);
        Assert.True(store.Refresh());
        Assert.Equal(0, changes);

        _directory.Write("another name", Keys.File(One, "    name = \"Ann\"\n"));
        store.Refresh();
        Assert.Equal(1, changes);

        _directory.Write("two", Keys.File(Two));
        store.Refresh();
        Assert.Equal(2, changes);

        File.Delete(_directory["two"]);
        store.Refresh();
        Assert.Equal(3, changes);

        Directory.Delete(_directory.FullPath, recursive: true);
        store.Refresh();
        Assert.Equal(4, changes);
    }

    /// <summary>Those who were there when it could not be read any more stayed; now nobody may.</summary>
    [Fact]
    public void STORE_DirectoryThatCouldNotBeReadAndIsGone_IsAChange()
    {
        if (OperatingSystem.IsWindows()) return;
        var path = _directory["clients"];
        _directory.Write("clients/one", Keys.File(One));
        using var store = CertificateStore.Open(path, _logger, _time);
        var changes = 0;
        store.Changed += (_, _) => changes++;
        Directory.Delete(path, recursive: true);
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
        var path = _directory.Write("one", Keys.File(One));
        using var store = Open();
        _directory.Write("one", "");
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        Assert.False(store.Refresh());
        Assert.NotNull(await Find(store, One));

        // Written to its end it counts at once; left as it is, it is broken.
        _directory.Write("one", Keys.File(One, "    name = \"Ann\"\n"));
        Assert.True(store.Refresh());
        Assert.Single((await Find(store, One))!.Metadata);
        _directory.Write("one", "metadata\n");
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime - TimeSpan.FromSeconds(1));
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.Equal(path, Assert.Single(store.Problems).Path);
    }

    [Fact]
    public void STORE_HandlerOfReloadedThatThrows_KeepsChangedFromNobody()
    {
        using var store = Open();
        var changes = 0;
        store.Reloaded += (_, _) => throw new InvalidOperationException("handler");
        store.Changed += (_, _) => changes++;
        _directory.Write("one", Keys.File(One));
        store.Refresh();
        Assert.Equal(1, changes);
    }

    [Fact]
    public async Task STORE_RemovedFile_IsNoticedByItself()
    {
        _directory.Write("one", Keys.File(One));
        _directory.Write("two", Keys.File(Two));
        using var store = CertificateStore.Open(_directory.FullPath);
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Changed += (_, _) => changed.TrySetResult();
        File.Delete(_directory["one"]);
        await changed.Task.WithinAsync();
        Assert.Null(await Find(store, One));
        Assert.NotNull(await Find(store, Two));
    }

    [Fact]
    public void STORE_ToString_SaysWhenItLastSawAChange()
    {
        _directory.Write("one", Keys.File(One));
        using var store = Open();
        var opened = _time.GetUtcNow();
        Assert.Contains($"1 client, the last change seen at {opened:yyyy-MM-dd HH:mm:ss}Z", store.ToString(), StringComparison.Ordinal);

        // A scan that finds nothing is no change: the same refusal is to have the same words a minute later.
        _time.Advance(TimeSpan.FromMinutes(1));
        store.Refresh();
        Assert.Contains($"seen at {opened:yyyy-MM-dd HH:mm:ss}Z", store.ToString(), StringComparison.Ordinal);

        _directory.Write("two", Keys.File(Two));
        _directory.Write("three", "nonsense");
        store.Refresh();
        Assert.Contains(
            $"2 clients and 1 file that counts for nothing, the last change seen at {_time.GetUtcNow():yyyy-MM-dd HH:mm:ss}Z",
            store.ToString(),
            StringComparison.Ordinal);
    }

    private static Task<CertificateRecord?> Find(CertificateStore store, CurvePublicKey key) =>
        store.FindAsync(key, TestTimeout.Token).AsTask();

    private static Task<CertificateStoreReloadedEventArgs> Reload(CertificateStore store)
    {
        var source = new TaskCompletionSource<CertificateStoreReloadedEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Reloaded += OnReloaded;
        return source.Task;

        void OnReloaded(object? sender, CertificateStoreReloadedEventArgs change)
        {
            store.Reloaded -= OnReloaded;
            source.TrySetResult(change);
        }
    }

    private CertificateStore Open() => CertificateStore.Open(_directory.FullPath, _logger, _time);

    private IEnumerable<(LogLevel Level, string Path)> Warnings(string path) => _logger.Entries
        .Where(entry => entry.Level == LogLevel.Warning && entry.Text.StartsWith(path, StringComparison.Ordinal))
        .Select(entry => (entry.Level, path));
}
