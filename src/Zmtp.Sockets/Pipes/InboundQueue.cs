using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// The incoming queue of one peer: one reader fills it in batches, the socket's receivers drain it. Two arrays change places, so
/// the two sides meet once per batch and not once per message.
/// </summary>
/// <remarks>The filling side belongs to the connection's reader, the draining side to whoever holds the receiver's gate.</remarks>
internal sealed class InboundQueue
{
    /// <summary>Small: each connection that has ever received a message keeps up to three arrays.</summary>
    private const int InitialCapacity = 4;

    private readonly Lock _gate = new();
    private readonly AsyncSignal _room = new();
    private readonly long _highWaterOctets;
    private int _highWaterMark;
    private long _octetsIn;
    private long _octetsOut;
    private MessageBuffer[] _arrived = [];
    private MessageBuffer[] _filling = [];
    private MessageBuffer[] _draining = [];
    private int _arrivedCount;
    private int _fillCount;
    private int _drainNext;
    private int _drainCount;
    private bool _isReady;
    private volatile bool _isReaderWaiting;

    /// <param name="highWaterMark">Messages; 0 for no limit.</param>
    /// <param name="highWaterOctets">Octets of all messages.</param>
    public InboundQueue(int highWaterMark, long highWaterOctets = long.MaxValue)
    {
        HighWaterMark = highWaterMark;
        _highWaterOctets = highWaterOctets;
    }

    /// <summary>Messages that may wait; 0 for no limit. Set before the first one arrives.</summary>
    public int HighWaterMark
    {
        set => _highWaterMark = value == 0 ? int.MaxValue : value;
    }

    /// <summary>Messages waiting; a moment's view.</summary>
    public int Count => Volatile.Read(ref _fillCount) + Volatile.Read(ref _drainCount) - Volatile.Read(ref _drainNext) + _arrivedCount;

    public bool HasRoom => Count < _highWaterMark && Volatile.Read(ref _octetsIn) - Volatile.Read(ref _octetsOut) < _highWaterOctets;

    /// <summary>Adds a message to the batch; nobody sees it before <see cref="Publish"/>. By the reader.</summary>
    public void Add(MessageBuffer message)
    {
        _octetsIn += message.Length;
        Append(ref _arrived, ref _arrivedCount, message);
    }

    /// <summary>Shows the batch to the receivers. By the reader.</summary>
    /// <returns>Whether the queue has just become ready: the caller must tell the receiver.</returns>
    public bool Publish()
    {
        if (_arrivedCount == 0) return false;
        lock (_gate)
        {
            if (_fillCount == 0)
            {
                (_arrived, _filling) = (_filling, _arrived);
                _fillCount = _arrivedCount;
            }
            else
            {
                for (var i = 0; i < _arrivedCount; i++)
                {
                    Append(ref _filling, ref _fillCount, _arrived[i]);
                    _arrived[i] = null!;
                }
            }

            _arrivedCount = 0;
            var wasReady = _isReady;
            _isReady = true;
            return !wasReady;
        }
    }

    /// <summary>Takes the oldest message. Under the receiver's gate.</summary>
    /// <returns>False: empty, and no longer ready until the next <see cref="Publish"/> says so.</returns>
    public bool TryTake(out MessageBuffer? message)
    {
        if (_drainNext == _drainCount && !Swap())
        {
            message = null;
            return false;
        }

        message = _draining[_drainNext];
        _draining[_drainNext] = null!;
        Volatile.Write(ref _octetsOut, _octetsOut + message.Length);
        Volatile.Write(ref _drainNext, _drainNext + 1);
        if (_isReaderWaiting && IsLow) Resume();
        return true;
    }

    /// <summary>
    /// Called when there is room again after <see cref="AskForRoom"/> said no: inproc, where the sender fills the queue itself. Under
    /// the receiver's gate.
    /// </summary>
    public Action? RoomAgain { get; set; }

    /// <summary>Whether there is room. If not, <see cref="RoomAgain"/> will say when. By whoever fills.</summary>
    public bool AskForRoom()
    {
        if (HasRoom) return true;
        lock (_gate)
        {
            if (HasRoom) return true;
            _isReaderWaiting = true;
            return false;
        }
    }

    /// <summary>Completes when there is room. By the reader.</summary>
    public ValueTask WaitForRoomAsync()
    {
        lock (_gate)
        {
            if (HasRoom) return ValueTask.CompletedTask;
            _isReaderWaiting = true;
        }

        return _room.WaitAsync();
    }

    /// <summary>Ends a wait for room, the present one or the next.</summary>
    public void StopWaiting()
    {
        lock (_gate) _isReaderWaiting = false;
        _room.Set();
    }

    // Half-way down, so that the reader is back at work before the queue runs dry.
    private bool IsLow => _drainCount - _drainNext <= _highWaterMark / 2 && _octetsIn - _octetsOut <= _highWaterOctets / 2;

    private bool Swap()
    {
        bool swapped, resume;
        lock (_gate)
        {
            swapped = _fillCount > 0;
            _isReady = swapped;
            if (swapped)
            {
                (_draining, _filling) = (_filling, _draining);
                _drainCount = _fillCount;
                _drainNext = 0;
                _fillCount = 0;
            }

            // The reader may have begun to wait just after the last look at it: here, under the gate, it cannot be missed.
            resume = _isReaderWaiting && HasRoom;
            if (resume) _isReaderWaiting = false;
        }

        if (resume) Wake();
        return swapped;
    }

    private void Resume()
    {
        lock (_gate)
        {
            if (!_isReaderWaiting) return;
            _isReaderWaiting = false;
        }

        Wake();
    }

    private void Wake()
    {
        _room.Set();
        RoomAgain?.Invoke();
    }

    private static void Append(ref MessageBuffer[] array, ref int count, MessageBuffer message)
    {
        if (count == array.Length) Array.Resize(ref array, Math.Max(InitialCapacity, count * 2));
        array[count++] = message;
    }
}
