using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Password files that are half there, or held by somebody else.</summary>
public sealed class PasswordFileHalfWrittenTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    // Never ahead of the file system's clock, because the file's times are set by it.
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow.AddHours(-1));

    public void Dispose() => _directory.Dispose();

    /// <summary>A hash that is cut off in its name must not become a password that everybody can guess.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("\r")]
    [InlineData("$")]
    [InlineData("$a")]
    [InlineData("$argon2i")]
    [InlineData("$argon2id")]
    [InlineData("$argon2id\r")]
    [InlineData("$2")]
    public async Task PASSWORDS_LastLineThatMayBeCutOff_CountsForNothing(string entry)
    {
        using var file = new PasswordFile(_directory.Write("passwd", $"ann=two\njoe=old\njoe={entry}"), null, _time);
        Assert.False(await Verify(file, "joe", entry.TrimEnd('\r')));
        Assert.False(await Verify(file, "joe", "old"));
        Assert.True(await Verify(file, "ann", "two"));
        var problem = Assert.Single(file.Problems);
        Assert.Equal((3, "joe"), (problem.Line, problem.UserName));
    }

    [Theory]
    [InlineData("", "\n")]
    [InlineData("$argon2id", "\n")]
    [InlineData("$argon2id", "\r\n")]
    [InlineData("$ecret", "")]
    [InlineData("secret", "")]
    public async Task PASSWORDS_LineThatIsWhole_IsClearText(string password, string end)
    {
        using var file = new PasswordFile(_directory.Write("passwd", $"joe={password}{end}"), null, _time);
        Assert.True(await Verify(file, "joe", password));
        Assert.Empty(file.Problems);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("# nobody yet\n")]
    public async Task PASSWORDS_FirstUsersOfAFile_CountOnceItHasSettled(string? before)
    {
        if (before is not null) _directory.Write("passwd", before);
        using var file = new PasswordFile(_directory["passwd"], null, _time);
        Assert.False(await Verify(file, "joe", "o"));
        File.SetLastWriteTimeUtc(_directory.Write("passwd", "joe=o"), _time.GetUtcNow().UtcDateTime);
        Assert.False(await Verify(file, "joe", "o"));
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.True(await Verify(file, "joe", "o"));
    }

    /// <summary>As editors save: the old file is renamed or removed, then the new one is written. Nobody is sent away over that.</summary>
    [Fact]
    public async Task PASSWORDS_FileThatIsAwayForAMoment_IsWaitedFor()
    {
        const string Text = "joe=one\n";
        using var file = new PasswordFile(_directory.Write("passwd", Text), null, _time);
        Assert.True(await Verify(file, "joe", "one"));
        var changes = 0;
        file.Changed += (_, _) => changes++;
        var version = await file.FindVersionAsync("joe", TestTimeout.Token);
        File.Move(_directory["passwd"], _directory["passwd~"]);
        var stranger = Verify(file, "eve", "two");
        var user = Verify(file, "joe", "one");
        Assert.Equal(version, await file.FindVersionAsync("joe", TestTimeout.Token));
        Assert.False(user.IsCompleted);

        File.SetLastWriteTimeUtc(_directory.Write("passwd", Text), _time.GetUtcNow().UtcDateTime);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.False(await stranger.WithinAsync());
        Assert.True(await user.WithinAsync());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await Verify(file, "joe", "one"));
        Assert.Equal(version, await file.FindVersionAsync("joe", TestTimeout.Token));
        Assert.Equal(0, changes);
    }

    /// <summary>Nobody comes in by a file that is gone, not even while it may come back.</summary>
    [Fact]
    public async Task PASSWORDS_FileThatIsGone_LetsNobodyInAndIsAChangeOnceItHasStayedAway()
    {
        using var file = new PasswordFile(_directory.Write("passwd", "joe=one\n"), null, _time);
        Assert.True(await Verify(file, "joe", "one"));
        var changes = 0;
        file.Changed += (_, _) => changes++;
        File.Delete(_directory["passwd"]);
        var user = Verify(file, "joe", "one");
        Assert.False(user.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.False(await user.WithinAsync());
        Assert.Equal(1, changes);
        Assert.Equal(0, file.Count);
    }

    [Fact]
    public async Task PASSWORDS_FileThatIsAwayWhileTheStoreIsDisposedOf_EndsWhoWaits()
    {
        using var file = new PasswordFile(_directory.Write("passwd", "joe=one\n"), null, _time);
        Assert.True(await Verify(file, "joe", "one"));
        File.Delete(_directory["passwd"]);
        var user = Verify(file, "joe", "one");
        using var givingUp = new CancellationTokenSource();
        var another = file.VerifyAsync("joe", "one"u8.ToArray(), givingUp.Token).AsTask();
        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => another.WithinAsync());
        file.Dispose();
        _time.Advance(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => user.WithinAsync());
    }

    [Fact]
    public async Task PASSWORDS_FileWrittenJustBeforeTheProgramStarted_CountsAtOnce()
    {
        var path = _directory.Write("passwd", "joe=one\n");
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        using var file = new PasswordFile(path, null, _time);
        Assert.True(await Verify(file, "joe", "one"));
    }

    /// <summary>Where file systems keep whole seconds, a file that is being written looks up to two seconds old.</summary>
    [Fact]
    public async Task PASSWORDS_FileWrittenInPlaceWithATimeInWholeSeconds_SettlesToo()
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var second = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        _time.SetUtcNow(second.AddSeconds(1.9));
        using var file = new PasswordFile(_directory.Write("passwd", "joe=one\nann=two\n"), null, _time);
        Assert.True(await Verify(file, "joe", "one"));
        File.SetLastWriteTimeUtc(_directory.Write("passwd", "joe=o"), second);
        Assert.True(await Verify(file, "joe", "one"));
        Assert.True(await Verify(file, "ann", "two"));
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.True(await Verify(file, "joe", "o"));
        Assert.False(await Verify(file, "ann", "two"));
    }

    /// <summary>Linux tells the new length of a file that is emptied a moment before it tells that it was written.</summary>
    [LinuxFact]
    public async Task PASSWORDS_FileThatIsEmptiedAndStillHasItsOldTimes_IsWaitedFor()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var file = new PasswordFile(_directory.Write("passwd", "joe=o"), null, time);
        Assert.True(await Verify(file, "joe", "o"));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(await Verify(file, "joe", "o"));
        var emptied = file.Look(file.FullPath) with { Length = 0 };
        _directory.Write("passwd", "");
        file.Look = _ => emptied;
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(await Verify(file, "joe", "o"));
        time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.False(await Verify(file, "joe", "o"));
    }

    /// <summary>Two saves, of which the second begins when the first has just been there for long enough.</summary>
    [LinuxFact]
    public async Task PASSWORDS_FileThatIsEmptiedOnceMoreBeforeItCounts_IsWaitedFor()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(-1));
        using var file = new PasswordFile(_directory.Write("passwd", "joe=o"), null, time);
        Assert.True(await Verify(file, "joe", "o"));
        File.SetLastWriteTimeUtc(_directory.Write("passwd", "joe=o\n"), time.GetUtcNow().UtcDateTime);
        var written = file.Look(file.FullPath) with { ChangedUtc = time.GetUtcNow().UtcDateTime };
        file.Look = _ => written;
        time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.True(await Verify(file, "joe", "o"));
        _directory.Write("passwd", "");
        file.Look = _ => written with { Length = 0 };
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(await Verify(file, "joe", "o"));
        time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.False(await Verify(file, "joe", "o"));
    }

    [Fact]
    public async Task PASSWORDS_FileThatIsEmptiedBetweenTheLookAndTheReading_IsWaitedFor()
    {
        using var file = new PasswordFile(_directory.Write("passwd", "joe=o"), null, _time);
        Assert.True(await Verify(file, "joe", "o"));
        var look = file.Look;
        file.Look = path =>
        {
            var stamp = look(path);
            file.Look = look;
            _directory.Write("passwd", "");
            return stamp;
        };
        Assert.True(await Verify(file, "joe", "o"));
        Assert.Equal(0, new FileInfo(file.FullPath).Length);
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.False(await Verify(file, "joe", "o"));
    }

    /// <summary>The clock of a file server may be behind ours: its times make a file that is being written look old.</summary>
    [Fact]
    public async Task PASSWORDS_FileWrittenInPlaceByAClockBehindOurs_IsWaitedFor()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(3));
        using var file = new PasswordFile(_directory.Write("passwd", "joe=o"), null, time);
        Assert.True(await Verify(file, "joe", "o"));
        time.Advance(FileWatch.Period);
        _directory.Write("passwd", "");
        Assert.True(await Verify(file, "joe", "o"));
        time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.True(await Verify(file, "joe", "o"));
        time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.False(await Verify(file, "joe", "o"));
    }

    /// <summary>What is renamed over the file is whole, whatever that clock says.</summary>
    [LinuxFact]
    public async Task PASSWORDS_FileReplacedInOneStepByAClockBehindOurs_CountsAtOnce()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(3));
        using var file = new PasswordFile(_directory.Write("passwd", "joe=o"), null, time);
        Assert.True(await Verify(file, "joe", "o"));
        time.Advance(FileWatch.Period);
        _directory.Replace("passwd", "ann=two\n");
        Assert.False(await Verify(file, "joe", "o"));
        Assert.True(await Verify(file, "ann", "two"));
    }

    /// <summary>Whoever may read the file may lock it: that must keep nobody in who was removed.</summary>
    [UnixFact]
    public async Task PASSWORDS_FileThatSomebodyHasLocked_IsReadAllTheSame()
    {
        var path = _directory.Write("passwd", "joe=one\nann=two\n");
        using var file = new PasswordFile(path, null, _time);
        Assert.True(await Verify(file, "joe", "one"));
        using var locked = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        locked.SetLength(0);
        locked.Write("ann=two\n"u8);
        locked.Flush();
        file.Refresh();
        Assert.True(file.IsCurrent);
        Assert.False(await Verify(file, "joe", "one"));
        Assert.True(await Verify(file, "ann", "two"));
        using var editor = PasswordFileEditor.Open(path);
        Assert.Equal(["ann"], editor.UserNames);
    }

    [UnixFact]
    public async Task PASSWORDS_Pipe_IsBrokenAndNotWaitedFor()
    {
        using var mkfifo = Process.Start("mkfifo", _directory["passwd"]);
        await mkfifo.WaitForExitAsync(TestTimeout.Token);
        using var file = new PasswordFile(_directory["passwd"], null, _time);
        await Task.Run(file.Refresh).WithinAsync();
        Assert.False(file.IsCurrent);
        Assert.Contains("regular file", Assert.Single(file.Problems).Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<IOException>(() => Task.Run(() => PasswordFileEditor.Open(_directory["passwd"])).WithinAsync());
    }

    /// <summary>What counts for nothing because it is cut off must not come to count because another line follows.</summary>
    [Theory]
    [InlineData("bob=x\nann=", "bob=x\njoe=NEW\nann=")]
    [InlineData("bob=x\r\nann=$argon2id", "bob=x\r\njoe=NEW\r\nann=$argon2id")]
    [InlineData("ann=", "joe=NEW\nann=")]
    public void EDITOR_SetBehindALineThatIsCutOff_LeavesItCutOff(string before, string after)
    {
        _directory.Write("passwd", before);
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        Assert.True(editor.SetClearText("joe", "NEW"));
        editor.Save();
        Assert.Equal(after, File.ReadAllText(_directory["passwd"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("$2")]
    public async Task EDITOR_SetOnALastLineWithoutAnEnd_IsWhole(string password)
    {
        _directory.Write("passwd", "joe=one");
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.SetClearText("joe", password);
        editor.Save();
        using var file = new PasswordFile(_directory["passwd"], null, _time);
        Assert.True(await Verify(file, "joe", password));
    }

    private static Task<bool> Verify(PasswordFile file, string user, string password) =>
        file.VerifyAsync(user, Encoding.UTF8.GetBytes(password), TestTimeout.Token).AsTask();
}
