using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Zmtp.Testing;

/// <summary>A clock of our own that tells of each timer that is set on it: what is to wait may be known to wait before the time goes by.</summary>
public sealed class TimersTold : FakeTimeProvider
{
    private readonly ConcurrentDictionary<TimeSpan, TaskCompletionSource> _made = new();

    /// <summary>Completes once there was a timer for that time from when it was made.</summary>
    public Task MadeAsync(TimeSpan dueTime) => Made(dueTime).Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Made(dueTime).TrySetResult();
        return timer;
    }

    private TaskCompletionSource Made(TimeSpan dueTime) =>
        _made.GetOrAdd(dueTime, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
