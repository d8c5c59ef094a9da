namespace Zmtp.Zap.Tests;

public sealed class FileStampTests
{
    private static readonly DateTime Now = new(2026, 4, 15, 11, 47, 48, DateTimeKind.Utc);

    /// <summary>Whoever has changed a file can set back the time of its last write, and change it once more within the same tick.</summary>
    [Fact]
    public void STAMP_ChangedJustNowWithATimeThatWasSetBack_IsNotTrusted()
    {
        var old = Now.AddDays(-1);
        Assert.False(new FileStamp(1, old, old) { ChangedUtc = Now }.IsTrusted(Now, Now));
        Assert.True(new FileStamp(1, old, old) { ChangedUtc = old }.IsTrusted(Now, Now));
        Assert.True(new FileStamp(1, old, old).IsTrusted(Now, Now));
    }

    /// <summary>Else who may set that time makes every check read the whole file.</summary>
    [Fact]
    public void STAMP_TimeOfTheLastWriteInTheFuture_IsTrustedByTheTimeOfTheLastChange()
    {
        var (old, future) = (Now.AddDays(-1), Now.AddDays(1));
        Assert.True(new FileStamp(1, future, old) { ChangedUtc = old }.IsTrusted(Now, Now));
        Assert.False(new FileStamp(1, future, old) { ChangedUtc = Now }.IsTrusted(Now, Now));
        Assert.False(new FileStamp(1, future, old) { ChangedUtc = future }.IsTrusted(Now, Now));
        Assert.False(new FileStamp(1, future, old).IsTrusted(Now, Now));
    }

    /// <summary>There are file systems that keep no time of the last change, and give that of the creation or none.</summary>
    [Fact]
    public void STAMP_WrittenJustNowAndChangedLongBefore_IsNotTrusted()
    {
        Assert.False(new FileStamp(1, Now, Now) { ChangedUtc = DateTime.UnixEpoch }.IsTrusted(Now, Now));
        Assert.True(new FileStamp(1, Now.AddSeconds(-3), Now) { ChangedUtc = DateTime.UnixEpoch }.IsTrusted(Now, Now));
    }

    /// <summary>How long ago it was read is not known then.</summary>
    [Fact]
    public void STAMP_ReadBeforeTheClockWasSetBack_IsNotTrusted()
    {
        var stamp = new FileStamp(1, Now.AddDays(-1), Now.AddDays(-1));
        Assert.False(stamp.IsTrusted(Now, Now.AddHours(-1)));
        Assert.True(stamp.IsTrusted(Now, Now.AddSeconds(-1)));
    }

    [Fact]
    public void STAMP_OfNothingKnown_IsNotTrusted() => Assert.False(default(FileStamp).IsTrusted(Now, Now));
}
