using Microsoft.Extensions.Logging;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Looking that fails is no answer: neither that a file is gone nor that it says nothing.</summary>
public sealed class CertificateStoreFailureTests : CertificateStoreRig
{
    private const int FileLetsNobodyIn = 2712;
    private const int StoreCannotBeRead = 2713;

    /// <summary>Whoever looks only for errors must hear of a mount that is lost: nobody is let in.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void STORE_DirectoryThatIsGoneOrCannotBeRead_IsAnErrorOnce(bool isGone)
    {
        Directory.Write("clients/one", Keys.File(One));
        using var store = CertificateStore.Open(Directory["clients"], Logger, Time);
        Assert.DoesNotContain(StoreCannotBeRead, Logger.Ids);
        store.List = _ => throw (isGone ? new DirectoryNotFoundException("No.") : new IOException("No."));
        Assert.True(store.Refresh());
        Assert.False(store.Refresh());
        AssertIsSaidOnceOf(store);
    }

    [Fact]
    public void STORE_OpenedBeforeItsDirectoryExists_IsAnErrorOnce()
    {
        using var store = CertificateStore.Open(Directory["later"], Logger, Time);
        Assert.False(store.Refresh());
        AssertIsSaidOnceOf(store);
    }

    [Fact]
    public void STORE_SubdirectoryThatCannotBeRead_IsAWarning()
    {
        Directory.Write("sub/one", Keys.File(One));
        using var store = Open();
        store.List = directory => directory == Directory["sub"] ? throw new IOException("No.") : CertificateListing.List(directory);
        Assert.True(store.Refresh());
        Assert.Single(Warnings(Directory["sub"]));
        Assert.Contains(FileLetsNobodyIn, Logger.Ids);
        Assert.DoesNotContain(StoreCannotBeRead, Logger.Ids);
    }

    /// <summary>What cannot be listed is a directory, and not all whose names begin with its own: whoever is gone from another one is gone.</summary>
    [Fact]
    public async Task STORE_DirectoryThatCannotBeListed_SaysNothingOfOneWhoseNameIsLonger()
    {
        Directory.Write("sub/one", Keys.File(One));
        Directory.Write("sub2/two", Keys.File(Two));
        using var store = Open();
        store.List = directory => directory == Directory["sub"] ? throw new IOException("No.") : CertificateListing.List(directory);
        File.Delete(Directory["sub2/two"]);
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, Two));
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
    }

    /// <summary>A process that has used up its handles fails at one place in one scan and at another in the next.</summary>
    [Fact]
    public async Task STORE_PartThatFailsAfterTheWholeHasFailed_IsNotTakenForGone()
    {
        Directory.Write("sub/one", Keys.File(One));
        Directory.Write("two", Keys.File(Two));
        using var store = Open();
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = Time });
        authenticator.ConfigureCurve("*", store);
        using var stay = await Stay.BeginAsync(authenticator, Frames.Curve(One.AsSpan()));
        var events = new List<CertificateStoreReloadedEventArgs>();
        store.Reloaded += (_, change) => events.Add(change);

        store.List = _ => throw new IOException("No.");
        Assert.True(store.Refresh());
        Assert.False(store.Refresh());
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
        await Assert.ThrowsAsync<IOException>(() => Find(store, Keys.Client));

        store.List = directory => directory == Directory["sub"] ? throw new IOException("No.") : CertificateListing.List(directory);
        Assert.True(store.Refresh());
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
        Assert.NotNull(await Find(store, Two));
        Assert.Null(await Find(store, Keys.Client));
        await authenticator.SettledAsync().WithinAsync();
        Assert.False(stay.IsRevoked);

        store.List = CertificateListing.List;
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, One));
        Assert.All(events, change => Assert.Empty(change.Added));
        Assert.All(events, change => Assert.Empty(change.Removed));

        // Whoever is gone when all can be read again is gone.
        store.List = _ => throw new IOException("No.");
        Assert.True(store.Refresh());
        store.List = CertificateListing.List;
        File.Delete(Directory["sub/one"]);
        Assert.True(store.Refresh());
        Assert.Equal([One], events[^1].Removed);
        await stay.RevokedAsync();
    }

    [UnixFact]
    public async Task STORE_FileThatFailsAfterTheWholeHasFailed_IsNotTakenForGone()
    {
        var path = Directory.Write("one", Keys.File(One));
        using var store = Open();
        store.List = _ => throw new IOException("No.");
        Assert.True(store.Refresh());
        File.Delete(path);
        File.CreateSymbolicLink(path, path);
        store.List = CertificateListing.List;
        Assert.True(store.Refresh());
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
    }

    [Fact]
    public async Task STORE_FileThatIsEmptiedToBeWrittenAfterTheWholeHasFailed_IsNotTakenForBroken()
    {
        Directory.Write("one", Keys.File(One));
        using var store = Open();
        store.List = _ => throw new IOException("No.");
        Assert.True(store.Refresh());
        store.List = CertificateListing.List;
        File.SetLastWriteTimeUtc(Directory.Write("one", ""), Time.GetUtcNow().UtcDateTime);
        store.Refresh();
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
        Time.Advance(TimeSpan.FromMilliseconds(600));
        store.Refresh();
        Assert.Null(await Find(store, One));
    }

    /// <summary>.NET gives a file that it cannot look at no length and no times.</summary>
    [UnixFact]
    public async Task STORE_FileThatCannotBeLookedAt_IsNotTakenForAnEmptyOne()
    {
        var path = Directory.Write("one", Keys.File(One));
        using var store = Open();
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = Time });
        authenticator.ConfigureCurve("*", store);
        using var stay = await Stay.BeginAsync(authenticator, Frames.Curve(One.AsSpan()));
        File.Delete(path);
        File.CreateSymbolicLink(path, path);
        store.List = _ => [new FoundFile(path, IsDirectory: false, IsLink: false, default)];
        Assert.True(store.Refresh());
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
        await authenticator.SettledAsync().WithinAsync();
        Assert.False(stay.IsRevoked);
    }

    [Fact]
    public async Task STORE_FileWithoutAStamp_IsReadAgainAtEachScan()
    {
        var path = Directory.Write("one", Keys.File(One));
        using var store = Open();
        store.List = _ => [new FoundFile(path, IsDirectory: false, IsLink: false, default)];
        store.Refresh();
        Assert.NotNull(await Find(store, One));
        Directory.Write("one", Keys.File(Two));
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, Two));
    }

    /// <summary>They do not show in the listing, and their paths lead in a circle, which does not say whether they are there.</summary>
    [UnixFact]
    public async Task STORE_FilesThatAreNotListedAndCannotBeLookedFor_AreNotTakenForGone()
    {
        var path = Directory["clients"];
        Directory.Write("clients/one", Keys.File(One));
        Directory.Write("clients/sub/two", Keys.File(Two));
        using var store = CertificateStore.Open(path, Logger, Time);
        System.IO.Directory.Move(path, Directory["elsewhere"]);
        File.CreateSymbolicLink(path, path);
        store.List = _ => [];
        Assert.True(store.Refresh());
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
        await Assert.ThrowsAsync<IOException>(() => Find(store, Two));

        File.Delete(path);
        System.IO.Directory.Move(Directory["elsewhere"], path);
        store.List = CertificateListing.List;
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, One));
        Assert.NotNull(await Find(store, Two));
    }

    [Fact]
    public async Task STORE_DirectoryHangs_DisposeDoesNotWaitForIt()
    {
        using var isListing = new SemaphoreSlim(0);
        using var goesOn = new ManualResetEventSlim();
        var store = Open();
        store.List = directory =>
        {
            isListing.Release();
            goesOn.Wait(TestTimeout.Default);
            return CertificateListing.List(directory);
        };
        var scan = Task.Run(store.Refresh);
        Assert.True(await isListing.WaitAsync(TestTimeout.Default));
        await Task.Run(store.Dispose).WithinAsync(5);
        goesOn.Set();
        await scan.WithinAsync();
    }

    private void AssertIsSaidOnceOf(CertificateStore store)
    {
        Assert.Single(Logger.Ids, StoreCannotBeRead);
        Assert.DoesNotContain(FileLetsNobodyIn, Logger.Ids);
        var (_, text) = Assert.Single(Logger.Entries, static entry => entry.Level == LogLevel.Error);
        Assert.Contains(store.Directory, text, StringComparison.Ordinal);
        Assert.Contains(Assert.Single(store.Problems).Message, text, StringComparison.Ordinal);
    }
}
