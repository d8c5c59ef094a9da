using System.Runtime.CompilerServices;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A clock that throws what it should not where the next timer of a length is set on it, once it is told to.</summary>
internal sealed class BrokenClock : TimeProvider
{
    private StrongBox<TimeSpan?>? _fatal;

    /// <summary>The next timer of this length, or the next one, cannot be made; others can, and those that follow.</summary>
    public void FailOnce(TimeSpan? dueTime = null) => Volatile.Write(ref _fatal, new StrongBox<TimeSpan?>(dueTime));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var fatal = Volatile.Read(ref _fatal);
        if (fatal is null || (fatal.Value ?? dueTime) != dueTime || Interlocked.CompareExchange(ref _fatal, null, fatal) != fatal)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        throw new InvalidOperationException("The clock is broken.");
    }
}
