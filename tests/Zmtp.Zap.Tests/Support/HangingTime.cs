using Microsoft.Extensions.Time.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A clock that stands still, and by which something may have taken long all the same: only what measures durations sees it.</summary>
internal sealed class HangingTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private long _hung;

    public void Hang(TimeSpan time) => Interlocked.Add(ref _hung, time.Ticks);

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _hung);
}
