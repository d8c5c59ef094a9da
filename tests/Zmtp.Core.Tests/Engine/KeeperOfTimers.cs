namespace Zmtp.Core.Tests.Engine;

/// <summary>Notes what its timers would keep.</summary>
internal sealed class KeeperOfTimers : TimeProvider
{
    public List<ExecutionContext?> Kept { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Kept.Add(ExecutionContext.Capture());
        return base.CreateTimer(callback, state, dueTime, period);
    }
}
