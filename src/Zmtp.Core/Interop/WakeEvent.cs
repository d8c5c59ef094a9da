using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Zmtp.Interop;

/// <summary>An eventfd(2): wakes a thread that sleeps in <see cref="Poll"/>. Setting it more than once counts once. Safe on any thread.</summary>
internal sealed unsafe class WakeEvent : SafeHandle
{
    /// <summary>POLLIN.</summary>
    private const short Readable = 0x1;

    private const int CloseOnExec = 0x80000;
    private const int DoNotBlock = 0x800;
    private const int ValueSize = sizeof(ulong);

    public WakeEvent()
        : base(-1, ownsHandle: true)
    {
        var instance = LibC.CreateEvent(0, CloseOnExec | DoNotBlock);
        if (instance < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        SetHandle(instance);
    }

    public override bool IsInvalid => handle == -1;

    /// <summary>Wakes the thread that sleeps, or else the next that would.</summary>
    public void Set()
    {
        var one = 1ul;

        // It fails only when it is set more often than 64 bits can count.
        _ = LibC.Write(this, (byte*)&one, ValueSize);
    }

    /// <summary>Sleeps until the event is set, something can be read or accepted, or the time is over. Takes the event back.</summary>
    /// <param name="handles">
    /// Sockets. One that is closed meanwhile is not reported, and its number may be another's by then: the thread that closes it sets the
    /// event.
    /// </param>
    /// <param name="milliseconds">How long.</param>
    /// <returns>Whether one of the sockets has something, the end of its input or an error.</returns>
    public bool Poll(ReadOnlySpan<nint> handles, int milliseconds)
    {
        var entries = stackalloc LibC.PollEntry[handles.Length + 1];
        entries[0] = new LibC.PollEntry { Handle = (int)handle, Events = Readable };
        for (var i = 0; i < handles.Length; i++) entries[i + 1] = new LibC.PollEntry { Handle = (int)handles[i], Events = Readable };
        var happened = LibC.Poll(entries, (nuint)handles.Length + 1, milliseconds);

        // A signal: it may have been long, so the caller looks at its clock.
        if (happened <= 0) return false;
        if (entries[0].Happened == 0) return true;
        ulong count;
        _ = LibC.Read(this, (byte*)&count, ValueSize);
        return happened > 1;
    }

    protected override bool ReleaseHandle() => LibC.Close(handle) == 0;
}
