using System.Runtime.Versioning;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>How a password file follows what is on disk.</summary>
public sealed class PasswordFileWatchTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ListLogger _logger = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void PASSWORDS_Changed_ComesWithTheTimerAloneWithinASecond()
    {
        using var file = Open("joe=one\n");
        var changes = 0;
        file.Changed += (_, _) => changes++;
        WaitForTheTimer();
        Assert.Equal(0, changes);
        _directory.Replace("passwd", "joe=two\n");
        WaitForTheTimer();
        Assert.Equal(1, changes);
        Assert.InRange(FileWatch.Period, TimeSpan.Zero, TimeSpan.FromMilliseconds(500));

        // The same entries, written differently, are no change.
        _directory.Replace("passwd", "# comment\njoe=two\n");
        WaitForTheTimer();
        Assert.Equal(1, changes);

        // Found by the first tick, and believed a quarter of a second later.
        File.Delete(_directory["passwd"]);
        WaitForTheTimer();
        Assert.Equal(1, changes);
        WaitForTheTimer();
        Assert.Equal(2, changes);
    }

    [Fact]
    public async Task PASSWORDS_FileWrittenInPlace_CountsOnceItHasSettled()
    {
        // Never ahead of the file system's clock, because the file's times are set by it.
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(-1));
        using var file = new PasswordFile(_directory.Write("passwd", "joe=one\nann=two\n"), _logger, time);
        var changes = 0;
        file.Changed += (_, _) => changes++;

        // Emptied, then written in two parts: at no moment is anybody locked out who is in both versions.
        foreach (var part in new[] { "", "joe=o", "joe=one\nann=three\n" })
        {
            _directory.Write("passwd", part);

            File.SetLastWriteTimeUtc(file.FullPath, time.GetUtcNow().UtcDateTime);
            Assert.True(await Verify(file, "joe", "one"));
            Assert.True(await Verify(file, "ann", "two"));
            time.Advance(TimeSpan.FromMilliseconds(200));
            Assert.True(await Verify(file, "joe", "one"));
            Assert.True(await Verify(file, "ann", "two"));
            Assert.Equal(0, changes);
        }

        time.Advance(TimeSpan.FromMilliseconds(100));
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, changes);
        Assert.True(await Verify(file, "joe", "one"));
        Assert.False(await Verify(file, "ann", "two"));
        Assert.True(await Verify(file, "ann", "three"));
    }

    /// <summary>Else everybody who tries a password makes the whole file be read. Elsewhere nothing else tells when it was changed.</summary>
    [LinuxFact]
    public async Task PASSWORDS_FileWrittenInTheFuture_IsReadOnceUntilItChanges()
    {
        var future = DateTime.UtcNow.AddDays(1);
        _directory.Write("passwd", "joe=one\n");
        File.SetLastWriteTimeUtc(_directory["passwd"], future);
        _time.Advance(TimeSpan.FromSeconds(10));
        using var file = new PasswordFile(_directory["passwd"], _logger, _time);
        Assert.True(await Verify(file, "joe", "one"));

        // Each reading makes a list of its own.
        var read = file.Problems;
        Assert.False(await Verify(file, "ann", "one"));
        Assert.Same(read, file.Problems);
        _directory.Write("passwd", "joe=two\n");
        File.SetLastWriteTimeUtc(_directory["passwd"], future);
        _time.Advance(TimeSpan.FromSeconds(1));
        file.Refresh();
        Assert.True(await Verify(file, "joe", "two"));
        Assert.NotSame(read, file.Problems);
    }

    /// <summary>Nobody listens, so nobody has looked at the file since: whoever was removed long ago must not come in once more.</summary>
    [Fact]
    public async Task PASSWORDS_FileWrittenInPlaceLongBeforeACheck_CountsAtThatCheck()
    {
        using var file = Open("joe=one\nann=two\n");
        Assert.True(await Verify(file, "joe", "one"));
        _directory.Write("passwd", "ann=two\n");
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(await Verify(file, "joe", "one"));
        Assert.True(await Verify(file, "ann", "two"));
    }

    /// <summary>Whoever may touch the file must not keep somebody in who was removed.</summary>
    [Fact]
    public async Task PASSWORDS_FileThatIsTouchedAgainAndAgain_CountsAllTheSame()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(-1));
        using var file = new PasswordFile(_directory.Write("passwd", "joe=one\nann=two\n"), _logger, time);
        Assert.True(await Verify(file, "joe", "one"));
        _directory.Write("passwd", "ann=two\n");
        var touches = 0;
        do
        {
            Assert.InRange(++touches, 1, 20);
            time.Advance(TimeSpan.FromMilliseconds(200));
            File.SetLastWriteTimeUtc(file.FullPath, time.GetUtcNow().UtcDateTime);
        }
        while (await Verify(file, "joe", "one"));

        // The next change is waited for as the first one was.
        File.SetLastWriteTimeUtc(_directory.Write("passwd", "an"), time.GetUtcNow().UtcDateTime);
        Assert.True(await Verify(file, "ann", "two"));
    }

    [Fact]
    public async Task PASSWORDS_ClockSetBackWhileAFileSettles_PutsItOffNoLonger()
    {
        var time = new HangingTime(DateTimeOffset.UtcNow.AddHours(-1));
        using var file = new PasswordFile(_directory.Write("passwd", "joe=one\n"), _logger, time);
        Assert.True(await Verify(file, "joe", "one"));
        File.SetLastWriteTimeUtc(_directory.Write("passwd", "joe=three\n"), time.GetUtcNow().UtcDateTime.AddMinutes(30));
        Assert.True(await Verify(file, "joe", "one"));
        time.Hang(TimeSpan.FromSeconds(1));
        Assert.True(await Verify(file, "joe", "three"));
    }

    /// <summary>That nothing can be seen is not the same as that nothing is there.</summary>
    [UnixFact]
    public async Task PASSWORDS_FileThatCannotBeLookedAt_IsBrokenAndNotMissing()
    {
        var directory = _directory["dir"];
        using var file = new PasswordFile(_directory.Write("dir/passwd", "joe=one\n"), _logger, _time);
        Assert.True(await Verify(file, "joe", "one"));
        Directory.Move(directory, _directory["elsewhere"]);
        Directory.CreateSymbolicLink(directory, directory);
        Assert.True(file.Refresh());
        Assert.False(file.IsCurrent);
        Assert.True(await Verify(file, "joe", "one"));

        // Once it is known to be gone, its users are, too.
        File.Delete(directory);
        Assert.True(file.Refresh());
        Assert.True(file.IsCurrent);
        Assert.False(await Verify(file, "joe", "one"));
    }

    [UnixFact]
    public async Task PASSWORDS_ClockSetBackWhileTheFileCannotBeRead_IsTriedAgainAllTheSame()
    {
        var time = new HangingTime(DateTimeOffset.UtcNow);
        var directory = _directory["dir"];
        using var file = new PasswordFile(_directory.Write("dir/passwd", "joe=one\n"), _logger, time);
        Assert.True(await Verify(file, "joe", "one"));
        Directory.Move(directory, _directory["elsewhere"]);
        Directory.CreateSymbolicLink(directory, directory);
        Assert.True(await Verify(file, "joe", "one"));
        Assert.False(file.IsCurrent);

        // That there is none is as little to be seen as that it cannot be looked at.
        File.Delete(directory);
        Assert.True(await Verify(file, "joe", "one"));
        var setBack = TimeSpan.FromSeconds(30);
        time.AdjustTime(time.GetUtcNow() - setBack);
        time.Hang(setBack + TimeSpan.FromSeconds(2));
        var user = Verify(file, "joe", "one");
        time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.False(await user.WithinAsync());
    }

    [Fact]
    public async Task PASSWORDS_Changed_OnTheRealClock()
    {
        using var file = new PasswordFile(_directory.Write("passwd", "joe=one\n"));
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        file.Changed += (_, _) => changed.TrySetResult();
        File.Move(_directory.Write("new", "joe=two\n"), _directory["passwd"], overwrite: true);
        await changed.Task.WithinAsync();
        Assert.True(await Verify(file, "joe", "two"));
    }

    [Fact]
    public void PASSWORDS_Watch_HasATimerOnlyWhileSomebodyListens()
    {
        var time = new TimerCountingTime();
        var calls = 0;
        using var file = new PasswordFile(_directory.Write("passwd", "joe=one\n"), null, time);
        Assert.Equal(0, time.Timers);
        file.Changed += OnChanged;
        file.Reloaded += OnReloaded;
        Assert.Equal(1, time.Timers);
        file.Changed -= OnChanged;
        Assert.Equal(1, time.Timers);
        file.Reloaded -= OnReloaded;
        Assert.Equal(0, time.Timers);
        file.Changed += OnChanged;
        file.Dispose();
        Assert.Equal(0, time.Timers);
        file.Changed += OnChanged;
        Assert.Equal(0, time.Timers);
        Assert.Equal(0, calls);

        void OnChanged(object? sender, EventArgs e) => calls++;
        void OnReloaded(object? sender, PasswordFileReloadedEventArgs e) => calls++;
    }

    [Fact]
    public async Task PASSWORDS_BrokenFile_KeepsTheLastGoodOneAndSaysSoLoudly()
    {
        using var file = Open("joe=one\n");
        Assert.True(file.Refresh());
        Assert.False(file.Refresh());
        var reloads = new List<PasswordFileReloadedEventArgs>();
        var changes = 0;
        file.Reloaded += (_, reloaded) => reloads.Add(reloaded);
        file.Changed += (_, _) => changes++;

        _directory.Write("passwd", "joe=two\n\0\0\0"u8);
        Assert.True(file.Refresh());
        Assert.False(file.Refresh());
        Assert.False(file.IsCurrent);
        Assert.Equal(0, Assert.Single(file.Problems).Line);
        Assert.True(await Verify(file, "joe", "one"));
        Assert.False(await Verify(file, "joe", "two"));
        Assert.Equal(0, changes);
        Assert.False(Assert.Single(reloads).IsCurrent);
        Assert.Equal(1, reloads[0].Count);
        Assert.Single(_logger.Entries, entry => entry.Level == LogLevel.Error);

        _directory.Write("passwd", "joe=two\n");
        Assert.True(file.Refresh());
        Assert.True(file.IsCurrent);
        Assert.Empty(file.Problems);
        Assert.True(await Verify(file, "joe", "two"));
        Assert.Equal(1, changes);
        Assert.True(reloads[1].IsCurrent);
    }

    [Fact]
    public async Task PASSWORDS_Utf16_IsBroken()
    {
        using var file = Open("");
        _directory.Write("passwd", Encoding.Unicode.GetBytes("joe=one\n"));
        file.Refresh();
        await Assert.ThrowsAsync<IOException>(() => Verify(file, "joe", "one"));
        Assert.Contains("UTF-16", Assert.Single(file.Problems).Message, StringComparison.Ordinal);
    }

    [UnixTheory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    [UnsupportedOSPlatform("windows")]
    public void PASSWORDS_ThatOthersMayWrite_IsAWarningOnce(UnixFileMode others)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = Open($"joe={PasswordHash.Create("x", new PasswordHashParameters(8, 1)).ToPhc()}\n");
        File.SetUnixFileMode(file.FullPath, Owner);
        file.Refresh();
        Assert.DoesNotContain(_logger.Entries, IsWarning);
        File.SetUnixFileMode(file.FullPath, Owner | others);
        file.Refresh();
        file.Refresh();
        Assert.Single(_logger.Entries, IsWarning);
        File.SetUnixFileMode(file.FullPath, Owner);
        file.Refresh();
        File.SetUnixFileMode(file.FullPath, Owner | others);
        file.Refresh();
        Assert.Equal(2, _logger.Entries.Count(IsWarning));
    }

    /// <summary>Whoever may write to the directory puts another file in its place, but for a sticky one.</summary>
    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void PASSWORDS_InADirectoryThatOthersMayWriteTo_IsAWarningOnce()
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        using var file = new PasswordFile(_directory.WriteSecret("passwd", "joe=one\n"), _logger, _time);
        File.SetUnixFileMode(_directory.FullPath, Owner | UnixFileMode.OtherWrite | UnixFileMode.StickyBit);
        file.Refresh();
        Assert.DoesNotContain(_logger.Entries, IsWarning);
        File.SetUnixFileMode(_directory.FullPath, Owner | UnixFileMode.GroupWrite);
        file.Refresh();
        file.Refresh();
        Assert.Single(_logger.Entries, IsWarning);
        File.SetUnixFileMode(_directory.FullPath, Owner);
        file.Refresh();
        File.SetUnixFileMode(_directory.FullPath, Owner | UnixFileMode.OtherWrite);
        file.Refresh();
        Assert.Equal(2, _logger.Entries.Count(IsWarning));
    }

    /// <summary>What the path leads to is decided where its links are, and where the file is that they lead to.</summary>
    [UnixTheory]
    [InlineData("links")]
    [InlineData("linked")]
    [InlineData("data")]
    [UnsupportedOSPlatform("windows")]
    public void PASSWORDS_ThroughLinks_EachDirectoryByWhichTheyAreFoundIsLookedAt(string open)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var name in (string[])["links", "linked", "data"]) Directory.CreateDirectory(_directory[name], Owner);
        Directory.CreateSymbolicLink(_directory["links/etc"], "../linked");
        File.CreateSymbolicLink(_directory["linked/passwd"], _directory["data/passwd"]);
        _directory.WriteSecret("data/passwd", "joe=one\n");
        using var file = new PasswordFile(_directory["links/etc/passwd"], _logger, _time);
        File.SetUnixFileMode(_directory[open], Owner | UnixFileMode.OtherWrite | UnixFileMode.StickyBit);
        file.Refresh();
        Assert.Equal(1, file.Count);
        Assert.DoesNotContain(_logger.Entries, IsWarning);

        File.SetUnixFileMode(_directory[open], Owner | UnixFileMode.GroupWrite);
        file.Refresh();
        file.Refresh();
        var warning = Assert.Single(_logger.Entries, IsWarning);
        Assert.Contains($"write to {_directory[open]}, by", warning.Text, StringComparison.Ordinal);
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void PASSWORDS_ClearTextThatOthersMayRead_IsAWarning()
    {
        const UnixFileMode Open644 =
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        using var open = Open("joe=one\n");
        File.SetUnixFileMode(open.FullPath, Open644);
        open.Refresh();
        open.Refresh();
        Assert.Single(
            _logger.Entries, entry => entry.Level == LogLevel.Warning && entry.Text.Contains("chmod 600", StringComparison.Ordinal));

        var quiet = new ListLogger();
        using var hashed = new PasswordFile(
            _directory.Write("hashed", $"joe={PasswordHash.Create("x", new PasswordHashParameters(8, 1)).ToPhc()}\n"), quiet);
        using var closed = new PasswordFile(_directory.WriteSecret("closed", "joe=one\n"), quiet);
        File.SetUnixFileMode(hashed.FullPath, Open644);
        hashed.Refresh();
        closed.Refresh();
        Assert.DoesNotContain(quiet.Entries, entry => entry.Level == LogLevel.Warning);
    }

    [Fact]
    public void PASSWORDS_HandlerThatThrows_IsLoggedAndTheOtherEventComesAllTheSame()
    {
        using var file = Open("joe=one\n");
        var changes = 0;
        file.Reloaded += (_, _) => throw new InvalidOperationException("handler");
        file.Changed += (_, _) => changes++;
        _directory.Write("passwd", "joe=two\n");
        Assert.True(file.Refresh());
        Assert.Contains(_logger.Entries, entry => entry.Level == LogLevel.Error && entry.Text.Contains("handler", StringComparison.Ordinal));
        Assert.Equal(1, changes);
    }

    [Fact]
    public async Task PASSWORDS_Disposed_Throws()
    {
        var file = Open("joe=one\n");
        file.Dispose();
        file.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Verify(file, "joe", "one"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => file.FindVersionAsync("joe", TestTimeout.Token).AsTask());
        Assert.Throws<ObjectDisposedException>(() => file.Refresh());
    }

    /// <summary>
    /// In two steps: the system may report the change while the clock is moved on, and then the timer that is due comes 50 ms later.
    /// </summary>
    private void WaitForTheTimer()
    {
        _time.Advance(FileWatch.Period);
        _time.Advance(TimeSpan.FromMilliseconds(100));
    }

    private PasswordFile Open(string text) => new(_directory.Write("passwd", text), _logger, _time);

    private static async Task<bool> Verify(PasswordFile file, string user, string password) =>
        await file.VerifyAsync(user, Encoding.UTF8.GetBytes(password), TestTimeout.Token);

    private static bool IsWarning((LogLevel Level, string Text) entry) =>
        entry.Level == LogLevel.Warning && entry.Text.Contains("chmod go-w", StringComparison.Ordinal);
}
