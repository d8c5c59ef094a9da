using System.Diagnostics;
using System.IO.Enumeration;
using Microsoft.Extensions.Logging;
using System.Runtime.Versioning;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Files that cannot be read for a while, links, and what is no file.</summary>
public sealed class CertificateStoreAccessTests : CertificateStoreRig
{
    /// <summary>Whoever may read a certificate may lock it: that must send nobody away.</summary>
    [UnixFact]
    public async Task STORE_FileThatSomebodyHasLocked_IsReadAllTheSame()
    {
        var path = Directory.Write("one", Keys.File(One));
        using var store = Open();
        using var locked = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None);
        Time.Advance(TimeSpan.FromMinutes(2));
        store.Refresh();
        Assert.NotNull(await Find(store, One));
        Assert.Empty(store.Problems);
    }

    /// <summary>The listing shows a file where a pipe is by the time it is opened.</summary>
    [UnixFact]
    public async Task STORE_FileThatBecomesAPipe_IsNotWaitedFor()
    {
        Directory.Write("one", Keys.File(One));
        using var store = Open();
        File.Delete(Directory["one"]);
        using var mkfifo = Process.Start("mkfifo", Directory["one"]);
        await mkfifo.WaitForExitAsync(TestTimeout.Token);
        store.List = directory => CertificateListing.List(directory)
            .Select(file => file with { Stamp = file.Stamp with { Length = Keys.File(One).Length } });
        Assert.True(await Task.Run(store.Refresh).WithinAsync());
        Assert.Null(await Find(store, One));
        Assert.Contains("regular file", Assert.Single(store.Problems).Message, StringComparison.Ordinal);
    }

    [UnixTheory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite | UnixFileMode.StickyBit)]
    [UnsupportedOSPlatform("windows")]
    public void STORE_DirectoryThatOthersMayWriteTo_IsAWarningOnce(UnixFileMode others)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        using var store = Open();
        Assert.DoesNotContain(Logger.Entries, IsWarning);
        File.SetUnixFileMode(Directory.FullPath, Owner | others);
        store.Refresh();
        Directory.Write("one", Keys.File(One));
        store.Refresh();
        Assert.Single(Logger.Entries, IsWarning);
        File.SetUnixFileMode(Directory.FullPath, Owner);
        store.Refresh();
        File.SetUnixFileMode(Directory.FullPath, Owner | others);
        store.Refresh();
        Assert.Equal(2, Logger.Entries.Count(IsWarning));

        static bool IsWarning((LogLevel Level, string Text) entry) =>
            entry.Level == LogLevel.Warning && entry.Text.Contains("chmod go-w", StringComparison.Ordinal);
    }

    /// <summary>Whoever may write to one of its files or directories lets himself in as well as who may write to the store's own.</summary>
    [UnixTheory]
    [InlineData("sub")]
    [InlineData("sub/one")]
    [UnsupportedOSPlatform("windows")]
    public void STORE_PartThatOthersMayWriteTo_IsAWarningOnce(string part)
    {
        Directory.Write("sub/one", Keys.File(One));
        var path = Directory[part];
        var mode = File.GetUnixFileMode(path) & ~AtomicFile.OthersMayWrite;
        File.SetUnixFileMode(path, mode);
        using var store = Open();
        Assert.DoesNotContain(Logger.Entries, IsWarning);
        File.SetUnixFileMode(path, mode | UnixFileMode.GroupWrite);
        store.Refresh();
        Directory.Write("two", Keys.File(Two));
        store.Refresh();
        Assert.Single(Logger.Entries, IsWarning);
        File.SetUnixFileMode(path, mode);
        store.Refresh();
        File.SetUnixFileMode(path, mode | UnixFileMode.OtherWrite);
        store.Refresh();
        Assert.Equal(2, Logger.Entries.Count(IsWarning));

        bool IsWarning((LogLevel Level, string Text) entry) =>
            entry.Level == LogLevel.Warning && entry.Text.Contains("chmod go-w", StringComparison.Ordinal) &&
            entry.Text.Contains(path, StringComparison.Ordinal);
    }

    /// <summary>Systems other than Linux are asked by way of .NET.</summary>
    [UnixTheory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    [UnsupportedOSPlatform("windows")]
    public void STORE_FileThatOthersMayWriteTo_IsKnownByWayOfDotNet(UnixFileMode open)
    {
        File.SetUnixFileMode(Directory.Write("closed", Keys.File(One)), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(Directory.Write("open", Keys.File(Two)), UnixFileMode.UserRead | open);
        File.CreateSymbolicLink(Directory["link"], Directory["open"]);
        var found = new FileSystemEnumerable<FoundFile>(Directory.FullPath, FoundFile.AsDotNetTells);
        Assert.Equal(Directory["open"], Assert.Single(found, static file => file.IsWritableByOthers).Path);
    }

    /// <summary>What is in the store is decided where the links to it and in it are, and where the files are that they lead to.</summary>
    [UnixTheory]
    [InlineData("links")]
    [InlineData("store/.turned")]
    [InlineData("data")]
    [InlineData("data/one")]
    [UnsupportedOSPlatform("windows")]
    public void STORE_ThroughLinks_EachPlaceByWhichItIsReadIsLookedAt(string open)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var name in (string[])["links", "store", "store/.turned", "data"]) System.IO.Directory.CreateDirectory(Directory[name], Owner);
        System.IO.Directory.CreateSymbolicLink(Directory["links/clients"], "../store");
        File.CreateSymbolicLink(Directory["store/one"], ".turned/one");
        File.CreateSymbolicLink(Directory["store/.turned/one"], Directory["data/one"]);
        File.SetUnixFileMode(Directory.Write("data/one", Keys.File(One)), Owner);
        using var store = CertificateStore.Open(Directory["links/clients"], Logger, Time);
        Assert.Equal(1, store.Count);
        Assert.DoesNotContain(Logger.Entries, IsWarning);

        File.SetUnixFileMode(Directory[open], Owner | UnixFileMode.GroupWrite);
        store.Refresh();
        store.Refresh();
        var warning = Assert.Single(Logger.Entries, IsWarning);
        Assert.Contains($"write to {Directory[open]}, by", warning.Text, StringComparison.Ordinal);

        static bool IsWarning((LogLevel Level, string Text) entry) =>
            entry.Level == LogLevel.Warning && entry.Text.Contains("chmod go-w", StringComparison.Ordinal);
    }

    /// <summary>A number may be one as well as many.</summary>
    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void STORE_OneMoreFileThanIsNamedMayBeWrittenToByOthers_IsCountedInWordsThatFitAnyNumber()
    {
        const UnixFileMode All = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite;
        for (var i = 0; i < 21; i++) File.SetUnixFileMode(Directory.Write($"clients/{i}", "none"), All);
        System.IO.File.SetUnixFileMode(Directory["clients"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var store = CertificateStore.Open(Directory["clients"], Logger, Time);
        Assert.Contains("others than their owner may write to: 1.", Logger.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task STORE_LinkedFileWrittenInPlace_LosesNobodyForAMoment()
    {
        var target = Directory.Write(".target", Keys.File(One));
        File.CreateSymbolicLink(Directory["one"], target);
        using var store = Open();
        Directory.Write(".target", "");
        File.SetLastWriteTimeUtc(target, Time.GetUtcNow().UtcDateTime);
        Assert.False(store.Refresh());
        Assert.NotNull(await Find(store, One));

        Time.Advance(TimeSpan.FromMilliseconds(600));
        store.Refresh();
        Assert.Null(await Find(store, One));
    }

    [LinuxFact]
    public async Task STORE_LinkSwappedForAFileOfTheSameSizeAndTime_IsSeenAtOnce()
    {
        var old = DateTime.UtcNow.AddDays(-1);
        File.SetLastWriteTimeUtc(Directory.Write(".v1/file", Keys.File(One)), old);
        File.SetLastWriteTimeUtc(Directory.Write(".v2/file", Keys.File(Two)), old);
        System.IO.Directory.CreateSymbolicLink(Directory[".data"], Directory[".v1"]);
        File.CreateSymbolicLink(Directory["file"], Directory[".data/file"]);
        using var store = Open();
        System.IO.Directory.Delete(Directory[".data"]);
        System.IO.Directory.CreateSymbolicLink(Directory[".data"], Directory[".v2"]);
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.NotNull(await Find(store, Two));
    }

    [LinuxFact]
    public async Task STORE_FileRenamedOverAnOldOneWithItsSizeAndTime_IsSeenAtOnce()
    {
        var old = DateTime.UtcNow.AddDays(-1);
        File.SetLastWriteTimeUtc(Directory.Write("file", Keys.File(One)), old);
        using var store = Open();
        File.SetLastWriteTimeUtc(Directory.Write(".new", Keys.File(Two)), old);
        File.Move(Directory[".new"], Directory["file"], overwrite: true);
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, Two));
    }

    /// <summary>What fails is the reading, and so nothing is known of the client: who is in stays, and comes in again later.</summary>
    [UnixFact]
    public async Task STORE_FileWhoseReadingFails_IsNotTakenForOneThatIsGone()
    {
        var path = Directory.Write("one", Keys.File(One));
        Directory.Write("two", Keys.File(Two));
        using var store = Open();
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = Time });
        authenticator.ConfigureCurve("*", store);
        using var stay = await Stay.BeginAsync(authenticator, Frames.Curve(One.AsSpan()));

        // A link to itself: the system calls that an error, and not that there is nothing.
        File.Delete(path);
        File.CreateSymbolicLink(path, path);
        Assert.True(store.Refresh());
        Assert.False(store.Refresh());
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
        Assert.NotNull(await Find(store, Two));
        Assert.Null(await Find(store, Keys.Client));
        Assert.Equal(path, Assert.Single(store.Problems).Path);
        await authenticator.SettledAsync().WithinAsync();
        Assert.False(stay.IsRevoked);
        var verdict = await authenticator.AuthenticateAsync(Frames.Curve(One.AsSpan()), TestTimeout.Token);
        Assert.Equal(AuthenticationStatus.InternalError, verdict.Status);

        // Once it is known to be gone, the client is, too.
        File.Delete(path);
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        await stay.RevokedAsync();
    }

    [Fact]
    public async Task STORE_SubdirectoryWhoseListingFails_IsNotTakenForAnEmptyOne()
    {
        Directory.Write("sub/deep/one", Keys.File(One));
        Directory.Write("two", Keys.File(Two));
        using var store = Open();
        store.List = directory => directory == Directory["sub"] ? throw new IOException("No.") : CertificateListing.List(directory);
        Assert.True(store.Refresh());
        Assert.False(store.Refresh());
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
        Assert.NotNull(await Find(store, Two));

        store.List = CertificateListing.List;
        Assert.True(store.Refresh());
        Assert.NotNull(await Find(store, One));
    }
}
