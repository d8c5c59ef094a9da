using System.ComponentModel;
using Zmtp.Interop;

namespace Zmtp.Transports.Polling;

/// <summary>
/// A blocked thread that watches a few sockets itself, in the poller's place: it wakes at the arrival, reads, and has its message, one wake
/// instead of two.
/// </summary>
/// <remarks>
/// By one thread at a time, but for <see cref="Wake"/>. Sockets that it holds are watched by nobody else: the thread that holds them must
/// read, or soon release.
/// </remarks>
internal sealed class Lookout : IDisposable
{
    /// <summary>Sockets that one thread watches.</summary>
    public const int MaximumSockets = 4;

    // A socket that is opened for one answer and closed costs no descriptor each time. It may still be woken by a thread that knew its last
    // owner, for which a sleeper must be prepared anyway.
    private static WakeEvent? _spare;

    private readonly WakeEvent _wake = Interlocked.Exchange(ref _spare, null) ?? new WakeEvent();
    private readonly PolledSocketWaits?[] _held = new PolledSocketWaits?[MaximumSockets];
    private readonly nint[] _handles = new nint[MaximumSockets];
    private int _count;
    private bool _isDisposed;

    private Lookout()
    {
    }

    /// <summary>Whether there are such threads on this system.</summary>
    public static bool IsPossible => Poller.Shared is not null;

    /// <summary>Whether no socket is held.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Whether it was closed: for tests.</summary>
    internal bool IsClosed => _isDisposed;

    /// <summary>Makes one. Null: the process may not open any more descriptors, and blocked threads are woken by the poller.</summary>
    public static Lookout? TryCreate()
    {
        try
        {
            return new Lookout();
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Ends a <see cref="Sleep"/>, this one or the next. Any thread.</summary>
    public void Wake()
    {
        try
        {
            _wake.Set();
        }
        catch (ObjectDisposedException)
        {
            // Its thread was awake, and has left for good.
        }
    }

    /// <summary>Takes over a socket that somebody waits for, if it is not held already. False: nobody does, or another has it, or there is no room.</summary>
    public bool TryHold(PolledSocketWaits socket)
    {
        ForgetEnded();
        if (Array.IndexOf(_held, socket, 0, _count) >= 0) return true;
        if (_count == MaximumSockets || !socket.TryHold(this, out var handle)) return false;
        _held[_count] = socket;
        _handles[_count++] = handle;
        return true;
    }

    /// <summary>Sleeps until one of the sockets has something, somebody calls <see cref="Wake"/>, or the time is over.</summary>
    /// <returns>Whether a socket has something.</returns>
    public bool Sleep(int milliseconds)
    {
        ForgetEnded();
        return _count > 0 && _wake.Poll(_handles.AsSpan(0, _count), milliseconds);
    }

    /// <summary>Gives all sockets back to the poller.</summary>
    public void Release()
    {
        while (_count > 0)
        {
            _held[_count - 1]!.Release(this);
            Forget(_count - 1);
        }
    }

    /// <summary>Closes it. Nobody may sleep here any more.</summary>
    public void Dispose()
    {
        Release();
        if (_isDisposed) return;
        _isDisposed = true;
        if (Interlocked.CompareExchange(ref _spare, _wake, null) is not null) _wake.Dispose();
    }

    /// <summary>Lets go of the sockets whose read is over.</summary>
    private void ForgetEnded()
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (!_held[i]!.IsHeldBy(this)) Forget(i);
        }
    }

    private void Forget(int index)
    {
        _count--;
        _held[index] = _held[_count];
        _handles[index] = _handles[_count];
        _held[_count] = null;
    }
}
