using Zmtp.Wire;

namespace Zmtp.Engine;

/// <summary>
/// The frame that is too large for the receive buffer: collected in the message it belongs to, or, when it is a command, in
/// rented memory.
/// </summary>
internal sealed class LargeFrame : IDisposable
{
    /// <summary>
    /// What is set aside for a frame before its octets are here; more follows by doubling as they arrive, so a peer that
    /// lies about a length costs this much.
    /// </summary>
    private const int FirstAllocation = 128 * 1024;

    /// <summary>
    /// The same for a peer that has sent such frames in full before: doubling would copy each of them several times.
    /// </summary>
    private const int MaxFirstAllocation = 4 * 1024 * 1024;

    private MessageBuffer? _message;
    private byte[]? _detached;
    private int _firstAllocation = FirstAllocation;
    private int _length;
    private int _allocated;
    private int _filled;

    public FrameHeader Header { get; private set; }

    public bool IsActive { get; private set; }

    public bool IsComplete => IsActive && _filled == _length;

    /// <summary>Whether the octets are in memory of our own rather than in the message.</summary>
    public bool IsDetached => _detached is not null;

    /// <summary>The memory to read into next.</summary>
    public Memory<byte> Rest
    {
        get
        {
            if (!IsActive) return default;
            if (_filled == _allocated) Grow();
            if (_detached is not null) return _detached.AsMemory(_filled, _allocated - _filled);
            ref var slot = ref _message!.Slot(_message.FrameCount - 1);
            return slot.Array.AsMemory(slot.Offset + _filled, _allocated - _filled);
        }
    }

    /// <summary>The whole frame, once complete, when it is detached.</summary>
    public ReadOnlySpan<byte> Body => _detached.AsSpan(0, _length);

    public void BeginInMessage(FrameHeader header, MessageBuffer message)
    {
        Begin(header);
        _message = message;
        message.AppendFrame(_allocated);
    }

    public void BeginDetached(FrameHeader header)
    {
        Begin(header);
        _detached = BlockPool.Rent(_allocated);
    }

    /// <summary>Copies what is here already.</summary>
    /// <returns>How many octets were used.</returns>
    public int Fill(ReadOnlySpan<byte> input)
    {
        var total = 0;
        while (total < input.Length && !IsComplete)
        {
            var rest = Rest.Span;
            var count = Math.Min(rest.Length, input.Length - total);
            input.Slice(total, count).CopyTo(rest);
            Advance(count);
            total += count;
        }

        return total;
    }

    public void Advance(int octets) => _filled += octets;

    public void End()
    {
        if (IsComplete) _firstAllocation = Math.Clamp(_length, _firstAllocation, MaxFirstAllocation);
        if (_detached is not null) BlockPool.Return(_detached);
        _detached = null;
        _message = null;
        IsActive = false;
    }

    public void Dispose() => End();

    private void Begin(FrameHeader header)
    {
        Header = header;
        IsActive = true;
        _length = (int)header.BodyLength;
        _allocated = Math.Min(_length, _firstAllocation);
        _filled = 0;
    }

    private void Grow()
    {
        var larger = (int)Math.Min(_length, 2L * _allocated);
        if (_detached is null)
        {
            _message!.GrowLastFrame(larger);
        }
        else
        {
            var array = BlockPool.Rent(larger);
            _detached.AsSpan(0, _filled).CopyTo(array);
            BlockPool.Return(_detached);
            _detached = array;
        }

        _allocated = larger;
    }
}
