using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using Zmtp.Interop;
using Zmtp.Threading;

namespace Zmtp.Transports.Polling;

/// <summary>The waits of a socket by means of the <see cref="Poller"/>.</summary>
internal sealed class PolledSocketWaits : SocketWaits
{
    private readonly Poller _poller;
    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly long _id;
    private readonly bool _continuesHere;
    private readonly Lock _gate = new();
    private readonly SocketWait _read = new();
    private SendWait? _write;
    private Lookout? _lookout;

    // Is told that the peer has left while no read is pending.
    private IThreadPoolWorkItem? _told;
    private bool _isEntered;

    // What the system watches for; nothing from the moment that its event is told.
    private uint _watched;
    private bool _isEnded;

    /// <param name="poller">Tells of events.</param>
    /// <param name="socket">Not blocking, and never waited for by the runtime.</param>
    /// <param name="continuesHere">Whether what follows a wait runs on the poller's thread; else on the pool.</param>
    public PolledSocketWaits(Poller poller, Socket socket, bool continuesHere)
    {
        _continuesHere = continuesHere;
        _poller = poller;
        _socket = socket;
        _handle = socket.SafeHandle;
        _id = poller.Add(this);
    }

    public override ValueTask ReadableAsync()
    {
        using (_gate.Hold())
        {
            _told = null;
            return _isEnded ? default : Begin(_read);
        }
    }

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> octets)
    {
        using (_gate.Hold())
        {
            if (_isEnded) return ValueTask.FromException<int>(new ObjectDisposedException(nameof(Socket)));
            _write ??= new SendWait(_socket);
            var begun = _write.Begin(octets);
            WatchFor(_write);
            return begun;
        }
    }

    public override async ValueTask<IPEndPoint?> ConnectAsync(EndPoint remote, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        switch (NativeSocket.Connect(_handle, remote))
        {
            case 0:
                break;
            case LibC.InProgress when NativeSocket.IsConnected(_handle):
                // To this machine it is made within the call: nobody else has to be woken to say so.
                break;
            case LibC.InProgress:
                await WritableAsync(cancellationToken).ConfigureAwait(false);
                var error = (int)_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
                if (error != 0) throw new SocketException(error);
                break;
            default:
                // The call fails at once, and the runtime knows the error's name. Should it succeed now, its event thread has the socket
                // too: slower, no more.
                await _socket.ConnectAsync(remote, cancellationToken).ConfigureAwait(false);
                break;
        }

        if (remote is not IPEndPoint ip) return null;
        return NativeSocket.LocalEndpoint(_handle, ip) ?? throw new SocketException((int)SocketError.NotConnected);
    }

    public override async ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var wait = ReadableAsync();
            await using (cancellationToken.UnsafeRegister(static waits => ((PolledSocketWaits)waits!).CancelRead(), this).ConfigureAwait(false))
            {
                await wait.ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (TryAccept() is { } accepted) return accepted;
        }
    }

    public override void CancelRead()
    {
        using (_gate.Hold())
        {
            if (!_read.TryTake()) return;
            _lookout = null;
        }

        _read.CompleteElsewhere();
    }

    public override void CancelWrite()
    {
        using (_gate.Hold())
        {
            if (_write?.TryTake() != true) return;
        }

        _write.CompleteElsewhere();
    }

    public override void TellWhenPeerLeaves(IThreadPoolWorkItem told)
    {
        using (_gate.Hold())
        {
            if (_isEnded || _read.IsPending) return;
            _told = told;

            // Where the system has no room for one more, nobody is told.
            if (!TryWatch()) _told = null;
        }
    }

    public override bool TryHold(Lookout lookout) => lookout.TryHold(this);

    /// <summary>Leaves the watching of a pending read to a lookout. False: none is pending, or another has it.</summary>
    public bool TryHold(Lookout lookout, out nint handle)
    {
        handle = 0;
        using (_gate.Hold())
        {
            if (_isEnded || !_read.IsPending || _lookout is not null) return false;
            _lookout = lookout;
            if (!TryWatch())
            {
                _lookout = null;
                return false;
            }

            handle = _handle.DangerousGetHandle();
            return true;
        }
    }

    public override bool TryGoOn(Lookout lookout)
    {
        using (_gate.Hold())
        {
            // Where what follows may not run on the poller's threads, it is the application's.
            if (!_continuesHere || _lookout != lookout || !_read.TryTake()) return false;
        }

        PollerThread.StandIn(_read);
        return true;
    }

    /// <summary>Whether a lookout still has the read. The read is over when the connection failed or was ended.</summary>
    public bool IsHeldBy(Lookout lookout) => Volatile.Read(ref _lookout) == lookout;

    /// <summary>Takes the watching back.</summary>
    public void Release(Lookout lookout)
    {
        using (_gate.Hold())
        {
            if (_lookout != lookout) return;
            _lookout = null;
            if (_isEnded || !_read.IsPending || TryWatch() || !_read.TryTake()) return;
        }

        // The system does not watch it any more: the reader tries again, and learns why.
        _read.CompleteElsewhere();
    }

    public override void End()
    {
        using (_gate.Hold())
        {
            _isEnded = true;
            _lookout?.Wake();
            _lookout = null;
            _told = null;
        }

        _poller.Remove(_id);
        try
        {
            CancelRead();
        }
        finally
        {
            // The writer must not be left waiting because there was no memory to tell the reader.
            CancelWrite();
        }
    }

    /// <summary>Something happened to the socket, which is not watched any more. By a thread of the poller.</summary>
    public void OnEvents(uint events)
    {
        bool canRead;
        bool canWrite;
        IThreadPoolWorkItem? told = null;
        using (_gate.Hold())
        {
            _watched = 0;

            // Once: it stays so.
            if ((events & (Epoll.PeerLeft | Epoll.Failed)) != 0) (told, _told) = (_told, null);
            canRead = (events & (Epoll.Readable | Epoll.PeerLeft | Epoll.Failed)) != 0 && _read.TryTake();
            if (canRead) _lookout = null;
            canWrite = (events & (Epoll.Writable | Epoll.Failed)) != 0 && _write?.TryTake() == true;
            if (!_isEnded && (_read.IsPending || _write?.IsPending == true || _told is not null) && !TryWatch())
            {
                _told = null;

                // Reader and writer try again, and learn there why they cannot wait.
                canRead |= _read.TryTake();
                canWrite |= _write?.TryTake() == true;
            }
        }

        if (canWrite) Complete(_write!, here: _continuesHere && !canRead);
        if (canRead) Complete(_read, here: _continuesHere);
        if (told is not null) Tell(told);
    }

    private static void Tell(IThreadPoolWorkItem told)
    {
        try
        {
            // It may call the application.
            ThreadPool.UnsafeQueueUserWorkItem(told, preferLocal: false);
        }
        catch (OutOfMemoryException)
        {
            // Then the departure is found when the connection is read again.
        }
    }

    private static void Complete(SocketWait wait, bool here)
    {
        if (here) wait.Complete();
        else wait.CompleteElsewhere();
    }

    /// <summary>Accepts a peer. Null: it left while it waited for that.</summary>
    private Socket? TryAccept()
    {
        if (_socket.AddressFamily == AddressFamily.Unix)
        {
            // A peer may be bound to a path that no address of .NET has room for, and nobody needs it. Other errors the runtime meets again, and knows
            // what to call them.
            switch (NativeSocket.Accept(_handle, out var accepted))
            {
                case 0:
                    return ToSocket(accepted);
                case LibC.TryAgain:
                    return null;
            }
        }

        try
        {
            return _socket.Accept();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
        {
            return null;
        }
    }

    private static Socket ToSocket(SafeSocketHandle accepted)
    {
        try
        {
            return new Socket(accepted);
        }
        catch
        {
            accepted.Dispose();
            throw;
        }
    }

    private async ValueTask WritableAsync(CancellationToken cancellationToken)
    {
        var wait = WritableAsync();
        await using (cancellationToken.UnsafeRegister(static waits => ((PolledSocketWaits)waits!).CancelWrite(), this).ConfigureAwait(false))
        {
            await wait.ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private ValueTask WritableAsync()
    {
        using (_gate.Hold())
        {
            return _isEnded ? default : Begin(_write ??= new SendWait(_socket));
        }
    }

    // Under the gate.
    private ValueTask Begin(SocketWait wait)
    {
        var begun = wait.Begin();
        WatchFor(wait);
        return begun;
    }

    // Under the gate.
    private void WatchFor(SocketWait wait)
    {
        if (TryWatch()) return;
        wait.TryTake();
        throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
    }

    // A lookout may keep a socket unread for a while. That the peer has left is told at once all the same: another one may be to take its place.
    private uint Reading => _lookout is null ? Epoll.Readable : Epoll.PeerLeft;

    // Under the gate. False: the system has no room for one more.
    private bool TryWatch()
    {
        var reading = _read.IsPending ? Reading : _told is not null ? Epoll.PeerLeft : 0;
        var events = reading | (_write?.IsPending == true ? Epoll.Writable : 0);
        if (_isEntered && events == _watched) return true;
        try
        {
            _poller.Watch(_handle, events, _id, isFirst: !_isEntered);
            _isEntered = true;
            _watched = events;
            return true;
        }
        catch (ObjectDisposedException)
        {
            // The thread that closed the socket ends the waits next.
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
