using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Zmtp.Interop;

/// <summary>An epoll(7) instance. Safe on any thread; lives as long as the process.</summary>
internal sealed unsafe class Epoll : SafeHandle
{
    /// <summary>EPOLLIN: octets, the end of the input, or a connection to accept.</summary>
    public const uint Readable = 0x1;

    /// <summary>EPOLLOUT: room in the send buffer, or the connection is made.</summary>
    public const uint Writable = 0x4;

    /// <summary>EPOLLRDHUP: the end of the input, even where octets before it are unread.</summary>
    public const uint PeerLeft = 0x2000;

    /// <summary>EPOLLERR and EPOLLHUP, which come unasked: the next call on the socket tells what happened.</summary>
    public const uint Failed = 0x8 | 0x10;

    /// <summary>EPOLLONESHOT: one event, then silence until asked again. So one thread at a time is told about a socket.</summary>
    private const uint OneShot = 1u << 30;

    private const int CloseOnExec = 0x80000;
    private const int AddOperation = 1;
    private const int ModifyOperation = 3;

    // struct epoll_event: a word of flags and 64 bits of the caller's, packed on x86-64 only.
    private const int FlagsSize = sizeof(uint);
    private const int MaximumPadding = sizeof(uint);
    private const int DataSize = sizeof(long);
    private const int MaximumEventSize = FlagsSize + MaximumPadding + DataSize;
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? FlagsSize : FlagsSize + MaximumPadding;

    public Epoll()
        : base(-1, ownsHandle: true)
    {
        var instance = LibC.EpollCreate(CloseOnExec);
        if (instance < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        SetHandle(instance);
    }

    public override bool IsInvalid => handle == -1;

    /// <summary>Begins to watch a socket for one event, of which there may be none yet. Closing the socket ends it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="events"><see cref="Readable"/>, <see cref="Writable"/>, <see cref="PeerLeft"/>, or several.</param>
    /// <param name="id">What <see cref="Wait"/> names the socket by.</param>
    public void Add(SafeHandle socket, uint events, long id) => Control(AddOperation, socket, events, id);

    /// <summary>Watches a socket for one event more, instead of what it was being watched for. With no events it is let be.</summary>
    public void Modify(SafeHandle socket, uint events, long id) => Control(ModifyOperation, socket, events, id);

    /// <summary>Blocks the thread until something happens to a socket.</summary>
    /// <returns>What happened.</returns>
    public uint Wait(out long id)
    {
        var @event = stackalloc byte[MaximumEventSize];
        while (LibC.EpollWait(this, @event, maximum: 1, timeoutMilliseconds: -1) != 1)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != LibC.Interrupted) throw new Win32Exception(error);
        }

        id = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(@event + DataOffset, DataSize));
        return BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(@event, FlagsSize));
    }

    protected override bool ReleaseHandle() => LibC.Close(handle) == 0;

    private void Control(int operation, SafeHandle socket, uint events, long id)
    {
        var @event = stackalloc byte[MaximumEventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(@event, FlagsSize), events | OneShot);
        BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(@event + DataOffset, DataSize), id);
        if (LibC.EpollControl(this, operation, socket, @event) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }
}
