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

    [Fact]
    public void STAMP_OfNothingKnown_IsNotTrusted() => Assert.False(default(FileStamp).IsTrusted(Now, Now));
}
