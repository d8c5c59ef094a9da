using System.ComponentModel;
using Microsoft.Extensions.Logging.Abstractions;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>The system tells of changes by itself: while the clock stands still nothing else is left that would find them.</summary>
public sealed class SystemWatchTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);

    private readonly TemporaryDirectory _directory = new();
    private readonly ToldTime _time = new();
    private readonly ListLogger _logger = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>The roots of both have the same number, and none has a time at which it was made.</summary>
    [LinuxFact]
    public void SYSTEMWATCH_SameNumberOnAnotherDevice_IsAnotherDirectory() =>
        Assert.NotEqual(LinuxFile.IdentityOf("/proc"), LinuxFile.IdentityOf("/sys"));

    [Fact]
    public async Task SYSTEMWATCH_FileIsPutInPlace_TheWatchLooksSoon()
    {
        using var watch = new FileWatch(_directory["passwd"], static () => { }, _time, NullLogger.Instance);
        watch.Watch();

        await ExpectNoticedAsync("passwd");
    }

    [Fact]
    public async Task SYSTEMWATCH_PasswordFileIsReplaced_ItIsLookedAtSoon()
    {
        // Long ago, or it would be looked at again for having been written just now.
        File.SetLastWriteTimeUtc(_directory.Write("passwd", "joe=one\n"), DateTime.UtcNow.AddHours(-1));
        using var file = new PasswordFile(_directory["passwd"], _logger, _time);
        file.Changed += static (_, _) => { };

        await ExpectNoticedAsync("passwd");
    }

    [Fact]
    public async Task SYSTEMWATCH_CertificateIsPutInPlace_TheDirectoryIsScannedSoon()
    {
        Directory.CreateDirectory(_directory["clients"]);
        using var store = CertificateStore.Open(_directory["clients"], _logger, _time);

        await ExpectNoticedAsync("clients/joe.txt");
    }

    /// <summary>The system watches a directory and not its path: what is put in its place is another one.</summary>
    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SYSTEMWATCH_CertificateDirectoryIsReplaced_TheNewOneIsWatched(bool isRemoved)
    {
        Directory.CreateDirectory(_directory["clients"]);
        using var store = CertificateStore.Open(_directory["clients"], _logger, _time);
        MakeAnew("clients", isRemoved);
        store.Refresh();

        await ExpectNoticedAsync("clients/joe.txt");
    }

    [LinuxFact]
    public async Task SYSTEMWATCH_CertificateDirectoryIsALinkThatIsTurned_TheNewOneIsWatched()
    {
        Directory.CreateDirectory(_directory["one"]);
        Directory.CreateDirectory(_directory["two"]);
        Directory.CreateSymbolicLink(_directory["clients"], _directory["one"]);
        using var store = CertificateStore.Open(_directory["clients"], _logger, _time);
        Directory.Delete(_directory["clients"]);
        Directory.CreateSymbolicLink(_directory["clients"], _directory["two"]);
        store.Refresh();

        await ExpectNoticedAsync("two/joe.txt");
    }

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SYSTEMWATCH_DirectoryOfTheFileIsReplaced_TheNewOneIsWatched(bool isRemoved)
    {
        Directory.CreateDirectory(_directory["etc"]);
        using var watch = new FileWatch(_directory["etc/passwd"], static () => { }, _time, NullLogger.Instance);
        watch.Watch();
        MakeAnew("etc", isRemoved);
        watch.Watch();

        await ExpectNoticedAsync("etc/passwd");
    }

    /// <summary>It may have been out of watches for a moment.</summary>
    [LinuxFact]
    public async Task SYSTEMWATCH_SystemDidNotWatchTheDirectoryOfTheFile_TheOneThatTakesItsPlaceIsWatched()
    {
        Directory.CreateDirectory(_directory["etc"]);
        using var watch = new FileWatch(_directory["etc/passwd"], static () => { }, _time, NullLogger.Instance);
        var tries = 0;
        watch.BySystem.Make = (directory, filter) =>
            tries++ == 0 ? throw new IOException("No watch is left.") : new FileSystemWatcher(directory, filter);
        watch.Watch();
        watch.Watch();
        Assert.Equal(1, tries);
        MakeAnew("etc", isRemoved: false);
        watch.Watch();

        await ExpectNoticedAsync("etc/passwd");
    }

    [Fact]
    public async Task SYSTEMWATCH_SystemDidNotWatchTheDirectoryOfTheFile_ItIsAskedAgainAfterAWhile()
    {
        Directory.CreateDirectory(_directory["etc"]);
        using var watch = new FileWatch(_directory["etc/passwd"], static () => { }, _time, NullLogger.Instance);
        var tries = 0;
        watch.BySystem.Make = (directory, filter) =>
            tries++ == 0 ? throw new IOException("No watch is left.") : new FileSystemWatcher(directory, filter);
        watch.Watch();
        _time.Advance(SystemWatch.TryAgainAfter);

        await ExpectNoticedAsync("etc/passwd");
    }

    /// <summary>A watch takes a thread of the runtime's. What is thrown on a timer's ends the process.</summary>
    [Fact]
    public void SYSTEMWATCH_NoThreadIsLeftForTheWatch_TheFileIsLookedAt()
    {
        var looks = 0;
        using var watch = new FileWatch(_directory["passwd"], () => looks++, _time, NullLogger.Instance);
        watch.BySystem.Make = static (_, _) => throw new InsufficientMemoryException();

        _time.Advance(FileWatch.Period);

        Assert.Equal(1, looks);
    }

    /// <summary>.NET tells of it by the event, in the middle of the call that begins, and throws nothing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SYSTEMWATCH_NoWatchIsLeftOrTheDirectoryMayNotBeRead_IsToldAndTheSystemIsAskedAgainAfterAWhile(bool isRefused)
    {
        Directory.CreateDirectory(_directory["etc"]);
        using var watch = new FileWatch(_directory["etc/passwd"], static () => { }, _time, _logger);
        var tries = 0;
        watch.BySystem.Make = (directory, filter) =>
            tries++ > 0 ? new FileSystemWatcher(directory, filter)
            : isRefused ? new WatcherWithoutWatches(directory, filter) { Refusal = new UnauthorizedAccessException("closed") }
            : new WatcherWithoutWatches(directory, filter);
        watch.Watch();
        watch.Watch();
        Assert.Equal(1, tries);
        Assert.Single(_logger.Entries, static entry => entry.Text.Contains("does not report changes", StringComparison.Ordinal));
        _time.Advance(SystemWatch.TryAgainAfter);
        Assert.Equal(2, tries);
    }

    /// <summary>Another runtime may tell of it later, when the call that begins is over; or a watch may fail again and again.</summary>
    [Fact]
    public void SYSTEMWATCH_FailsWheneverItHasBegun_TheSystemIsAskedAgainAfterAWhileAndItIsToldOnce()
    {
        Directory.CreateDirectory(_directory["etc"]);
        var looks = 0;
        using var watch = new FileWatch(_directory["etc/passwd"], () => looks++, _time, _logger);
        var made = new List<FailingWatcher>();
        watch.BySystem.Make = (directory, filter) =>
        {
            made.Add(new FailingWatcher(directory, filter));
            return made[^1];
        };
        watch.Watch();
        for (var i = 0; i < 10; i++)
        {
            made[^1].Fail();
            _time.Advance(FileWatch.Period);
        }

        Assert.Single(made);
        Assert.InRange(looks, 10, int.MaxValue);
        Assert.Single(_logger.Entries, static entry => entry.Text.Contains("does not report changes", StringComparison.Ordinal));
        _time.Advance(SystemWatch.TryAgainAfter);
        Assert.Equal(2, made.Count);
    }

    /// <summary>A watch that has worked for long is made anew at the next look.</summary>
    [Fact]
    public void SYSTEMWATCH_FailsAfterAWhile_TheSystemIsAskedAgainAtTheNextLook()
    {
        Directory.CreateDirectory(_directory["etc"]);
        using var watch = new FileWatch(_directory["etc/passwd"], static () => { }, _time, _logger);
        var made = new List<FailingWatcher>();
        watch.BySystem.Make = (directory, filter) =>
        {
            made.Add(new FailingWatcher(directory, filter));
            return made[^1];
        };
        watch.Watch();
        _time.Advance(SystemWatch.TryAgainAfter);
        Assert.Single(made);
        made[0].Fail();
        _time.Advance(FileWatch.Period);
        Assert.Equal(2, made.Count);
    }

    /// <summary>That a directory in the one that is watched may not be read is no reason to do without the reports of all others.</summary>
    [Fact]
    public async Task SYSTEMWATCH_DirectoryInItMayNotBeRead_TheOthersAreWatched()
    {
        Directory.CreateDirectory(_directory["etc"]);
        using var watch = new FileWatch(_directory["etc/passwd"], static () => { }, _time, _logger);
        watch.BySystem.Make = static (directory, filter) =>
            new WatcherWithoutWatches(directory, filter) { Refusal = new UnauthorizedAccessException("closed") };
        watch.BySystem.Begin(_directory["etc"], "*", includeSubdirectories: true, watch.LookSoon, static cause => Assert.Fail(cause.Message));

        await ExpectNoticedAsync("etc/passwd");
    }

    /// <summary>The system does not watch it then either, and .NET tells of it as of one in it.</summary>
    [Fact]
    public async Task SYSTEMWATCH_CertificateDirectoryMayNotBeReadForAWhile_IsWatchedOnceItMay()
    {
        Directory.CreateDirectory(_directory["clients"]);
        using var store = CertificateStore.Open(_directory["clients"], _logger, _time);
        store.List = static _ => throw new UnauthorizedAccessException("closed");
        store.Refresh();
        var made = 0;
        store.Watch.Make = (directory, filter) =>
        {
            made++;
            return new FileSystemWatcher(directory, filter);
        };

        store.Refresh();
        Assert.Equal(0, made);
        store.List = CertificateListing.List;
        store.Refresh();

        Assert.Equal(1, made);
        await ExpectNoticedAsync("clients/joe.txt");
    }

    private void MakeAnew(string directory, bool isRemoved)
    {
        if (isRemoved) Directory.Delete(_directory[directory]);
        else Directory.Move(_directory[directory], _directory["old"]);
        Directory.CreateDirectory(_directory[directory]);
    }

    private async Task ExpectNoticedAsync(string name)
    {
        var noticed = _time.SetAsync(Soon);
        Assert.False(noticed.IsCompleted);
        File.Move(_directory.Write("new", "ann=two\n"), _directory[name], overwrite: true);
        await noticed.WithinAsync();
    }

    /// <summary>Tells of an error while it begins: one of the things that it asks then is whether it is in a designer.</summary>
    private sealed class WatcherWithoutWatches : FileSystemWatcher
    {
        public WatcherWithoutWatches(string directory, string filter)
            : base(directory, filter) => Site = new Asked(() => OnError(new ErrorEventArgs(Refusal)));

        public Exception Refusal { get; init; } = new IOException("No watch is left.");
    }

    private sealed class FailingWatcher(string directory, string filter) : FileSystemWatcher(directory, filter)
    {
        public void Fail() => OnError(new ErrorEventArgs(new IOException("No watch is left.")));
    }

    private sealed class Asked(Action tell) : ISite
    {
        public IComponent Component => null!;

        public IContainer? Container => null;

        public bool DesignMode
        {
            get
            {
                tell();
                return false;
            }
        }

        public string? Name { get; set; }

        public object? GetService(Type serviceType) => null;
    }
}
