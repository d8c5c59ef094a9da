using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Zmtp.Interop;
using Zmtp.Threading;

namespace Zmtp.Transports.Polling;

/// <summary>
/// Tells sockets what they wait for, on Linux, in place of the runtime's event thread: that wakes for each arrival whether anybody waits or
/// not, and then wakes a thread of the pool, some 25 µs each on a virtual machine. Here a socket is watched only while somebody waits, and
/// the thread that hears of the event is the one that reads.
/// </summary>
/// <remarks>
/// Its threads all wait in the same place, and the system wakes the one that came last. What they call must not block: engine code that
/// waits by awaiting. Code of the application comes to run here only as a <see cref="PollerThread.TryPost"/>, and only while another
/// thread waits, so one is always left whatever the application does. What it hands to the engine, a logger, a mechanism of its own, is
/// called where the engine is; if it blocks all threads, <see cref="Reserve"/> has others come. Elsewhere, and with the switch
/// <see cref="Switch"/>, <see cref="Shared"/> is null and the runtime does the waiting.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as the process.")]
internal sealed class Poller
{
    /// <summary>The runtime's switch that, when true, leaves the waiting to the runtime everywhere.</summary>
    public const string Switch = "Zmtp.UseRuntimeSocketEvents";

    private static readonly Lazy<Poller?> TheShared = new(Create);

    /// <summary>A thread for each core, but two at least: one must wait while another is busy.</summary>
    private static readonly int MaximumThreads = Math.Max(2, Environment.ProcessorCount);

    private readonly Epoll _epoll = new();
    private readonly Reserve _reserve;
    private readonly Action<ThreadStart> _start;
    private readonly ConcurrentDictionary<long, PolledSocketWaits> _sockets = new();
    private readonly Lock _firstGate = new();
    private long _lastId;
    private volatile bool _hasThread;
    private int _threads;
    private int _waiting;

    /// <param name="start">Starts a thread; tests have their own way.</param>
    /// <param name="time">Makes the reserve's clock; tests have their own.</param>
    internal Poller(Action<ThreadStart>? start = null, TimeProvider? time = null)
    {
        _start = start ?? Start;
        _reserve = new Reserve(this, time ?? TimeProvider.System);
    }

    /// <summary>
    /// The poller that the whole process shares; null where there is none. Its threads start with its first socket and stay.
    /// </summary>
    public static Poller? Shared => TheShared.Value;

    /// <summary>Sockets that are entered at this moment: for tests.</summary>
    internal int Count => _sockets.Count;

    /// <summary>Whether a thread waits for events at this moment; a hint.</summary>
    public bool HasWaitingThread => Volatile.Read(ref _waiting) > 0;

    /// <summary>Registers a socket.</summary>
    /// <returns>Its id, which is never used again.</returns>
    public long Add(PolledSocketWaits waits)
    {
        // First: where there is no thread for it, nothing is to be taken out again.
        if (!_hasThread) StartFirstThread();
        var id = Interlocked.Increment(ref _lastId);
        Uninterrupted.Run((_sockets, id, waits), static entry => entry._sockets[entry.id] = entry.waits);
        return id;
    }

    /// <summary>Takes a socket out. Events of it that are on their way go nowhere.</summary>
    public void Remove(long id) => Uninterrupted.Run((_sockets, id), static entry => entry._sockets.TryRemove(entry.id, out _));

    /// <summary>Watches a socket for one event.</summary>
    public void Watch(SafeSocketHandle handle, uint events, long id, bool isFirst)
    {
        if (isFirst) _epoll.Add(handle, events, id);
        else _epoll.Modify(handle, events, id);
    }

    /// <summary>Starts a thread beyond the usual number, which stays for as long as it is needed.</summary>
    public void StartReserve() => TryStartThread(atMost: int.MaxValue);

    private static Poller? Create()
    {
        if (!LibC.IsKnown || (AppContext.TryGetSwitch(Switch, out var isOff) && isOff)) return null;
        try
        {
            return new Poller();
        }
        catch (Exception e) when (e is Win32Exception or DllNotFoundException or EntryPointNotFoundException or OutOfMemoryException)
        {
            // A system that does not let us, or no descriptor or memory is left: the runtime has its own by now. What was thrown here would be thrown at
            // each socket to come.
            return null;
        }
    }

    private static void Start(ThreadStart run) => new Thread(run) { IsBackground = true, Name = PollerThread.Name }.UnsafeStart();

    // One at a time: a second socket must not take a thread for granted that cannot be started.
    private void StartFirstThread()
    {
        using (_firstGate.Hold())
        {
            if (_hasThread) return;
            TryStartThread(atMost: 1);
            _hasThread = true;
        }
    }

    /// <summary>Starts a thread, unless there are so many. False: it did not, or the system has no more.</summary>
    private bool TryStartThread(int atMost)
    {
        if (Interlocked.Increment(ref _threads) > atMost)
        {
            Interlocked.Decrement(ref _threads);
            return false;
        }

        try
        {
            _start(Run);
            return true;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // The system has no more threads: those that are there go on, and the first one is its caller's need.
            if (Interlocked.Decrement(ref _threads) == 0) throw;
            return false;
        }
    }

    private void Run()
    {
        var thread = new PollerThread(this);
        do
        {
            _reserve.OnBack();
            Interlocked.Increment(ref _waiting);
            var events = _epoll.Wait(out var id);
            if (Interlocked.Decrement(ref _waiting) == 0) OnNobodyWaits();
            if (_sockets.TryGetValue(id, out var waits)) waits.OnEvents(events);
            thread.RunPosted();
        }
        while (Volatile.Read(ref _threads) <= MaximumThreads || !HasWaitingThread);

        // There is one too many, and another one waits: the reserve is not needed any more.
        Interlocked.Decrement(ref _threads);
    }

    private void OnNobodyWaits()
    {
        if (Volatile.Read(ref _threads) >= MaximumThreads || !TryStartThread(MaximumThreads)) _reserve.Arm();
    }
}
