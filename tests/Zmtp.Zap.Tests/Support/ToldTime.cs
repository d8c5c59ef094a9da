using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A clock that stands still, and tells when a timer is set anew: who looks soon because he was told to is seen without a look.</summary>
internal sealed class ToldTime() : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    private readonly ConcurrentDictionary<TimeSpan, TaskCompletionSource> _set = new();

    /// <summary>Completes once a timer was set anew to that time from then.</summary>
    public Task SetAsync(TimeSpan dueTime) => Set(dueTime).Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Told(this, base.CreateTimer(callback, state, dueTime, period));

    private TaskCompletionSource Set(TimeSpan dueTime) =>
        _set.GetOrAdd(dueTime, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private sealed class Told(ToldTime owner, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var isSet = timer.Change(dueTime, period);
            owner.Set(dueTime).TrySetResult();
            return isSet;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
