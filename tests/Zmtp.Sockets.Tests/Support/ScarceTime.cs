namespace Zmtp.Sockets.Tests.Support;

/// <summary>A clock that has no memory for a timer, once.</summary>
internal sealed class ScarceTime(Scarcity isScarce) : TimeProvider
{
    private bool _hasFailed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (!isScarce.IsOn || _hasFailed) return base.CreateTimer(callback, state, dueTime, period);
        _hasFailed = true;
        throw new InsufficientMemoryException();
    }
}
