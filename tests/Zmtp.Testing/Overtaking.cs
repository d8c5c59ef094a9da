namespace Zmtp.Testing;

/// <summary>
/// Holds a thread up on its way back from an asynchronous method, until another thread has gone on with that method as far as it comes: who
/// looks then finds everything done already, which else is a matter of luck.
/// </summary>
/// <remarks>
/// A value that flows changes inside the method. On the way out of it the runtime gives the thread its old value back, and so it does to a thread of the
/// pool that is done with what flowed there; both are told.
/// </remarks>
public sealed class Overtaking
{
    private readonly TaskCompletionSource _isDone = new();
    private readonly TaskCompletionSource<bool> _hasOvertaken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AsyncLocal<object?> _value;
    private volatile int _thread;

    /// <summary>Holds nobody up yet.</summary>
    public Overtaking()
    {
        _value = new AsyncLocal<object?>(OnChanged);
    }

    /// <summary>Whether the calling thread is the one, between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public bool IsCurrent => _thread == Environment.CurrentManagedThreadId;

    /// <summary>
    /// Whether another thread came as far as it could while the one was held up; completes when that one goes on. Without it a test has shown nothing.
    /// </summary>
    public Task<bool> HasOvertaken => _hasOvertaken.Task;

    /// <summary>The calling thread is the one, and the method it is in is the method.</summary>
    public void Begin()
    {
        _thread = Environment.CurrentManagedThreadId;
        _value.Value = new object();
    }

    /// <summary>From here on the thread may do what it likes; does nothing on another thread.</summary>
    public void End()
    {
        if (IsCurrent) _thread = 0;
    }

    private void OnChanged(AsyncLocalValueChangedArgs<object?> change)
    {
        if (!change.ThreadContextChanged || change.CurrentValue is not null) return;
        if (IsCurrent) _hasOvertaken.TrySetResult(_isDone.Task.Wait(TestTimeout.Default));
        else _isDone.TrySetResult();
    }
}
