using System.Buffers;
using System.IO.Pipelines;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Engine;

/// <summary>A transport whose octets arrive when the test says, and whose system tells of them only when the test wants it to.</summary>
internal sealed class ScriptedReader : PipeReader, IDirectReader
{
    /// <summary>Octets that arrive with one read at most.</summary>
    public const int ReceiveSize = 64 * 1024;

    private const int Overshoot = 4096;

    // What was lent begins somewhere.
    private const int Offset = 3;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _readable = New();
    private byte[] _system = [];
    private byte[] _unread = [];
    private bool _isExamined = true;
    private bool _isEnded;
    private byte[]? _lent;

    /// <summary>Whether what was read may stay where it lies.</summary>
    public bool Lends { get; init; }

    /// <summary>What happens when there is something left that needs other memory.</summary>
    public Action OnRest { get; init; } = static () => { };

    /// <summary>How often what was lent was kept.</summary>
    public int Kept { get; private set; }

    /// <summary>What else is done before each read, by whoever reads.</summary>
    public Action? BeforeRead { get; set; }

    /// <summary>Completes when the loop waits for octets for the first time.</summary>
    public Task Waiting => _waiting.Task;

    public bool HasUnread => _unread.Length > 0 && !_isExamined;

    public bool MoreIsLikely
    {
        get
        {
            lock (_gate) return _system.Length > 0;
        }
    }

    public void Arrive(byte[] octets, bool tell = false)
    {
        lock (_gate) _system = [.. _system, .. octets];
        if (tell) _readable.TrySetResult();
    }

    public void End()
    {
        _isEnded = true;
        _readable.TrySetResult();
    }

    public void TellWhenPeerLeaves(IThreadPoolWorkItem told)
    {
    }

    public bool TryHold(Lookout lookout) => false;

    public bool TryGoOn(Lookout lookout) => false;

    public ValueTask WaitToReadAsync()
    {
        if (_readable.Task.IsCompleted && !_isEnded) _readable = New();
        _waiting.TrySetResult();
        return new ValueTask(_readable.Task);
    }

    public bool TryReadInto(Memory<byte> destination, out int count)
    {
        lock (_gate)
        {
            count = Math.Min(destination.Length, _system.Length);
            if (count == 0) return _isEnded;
            _system.AsSpan(0, count).CopyTo(destination.Span);
            var more = Math.Min(Overshoot, _system.Length - count);
            _unread = _system[count..(count + more)];
            _system = _system[(count + more)..];
            _isExamined = false;
            return true;
        }
    }

    public bool TryLend(out ArraySegment<byte> octets)
    {
        octets = default;
        if (!Lends) return false;
        _lent = BlockPool.Rent(Offset + _unread.Length);
        _unread.CopyTo(_lent, Offset);
        octets = new ArraySegment<byte>(_lent, Offset, _unread.Length);
        return true;
    }

    public void AdvanceAndKeep(int consumed, bool hasExaminedAll)
    {
        _lent = null;
        Kept++;
        _isExamined = hasExaminedAll;
        _unread = _unread[consumed..];
        if (_unread.Length > 0) OnRest();
    }

    public override bool TryRead(out ReadResult result)
    {
        BeforeRead?.Invoke();
        lock (_gate)
        {
            var count = Math.Min(ReceiveSize, _system.Length);
            if (!HasUnread && count == 0 && !_isEnded)
            {
                result = default;
                return false;
            }

            if (!HasUnread)
            {
                _unread = [.. _unread, .. _system[..count]];
                _system = _system[count..];
            }

            result = new ReadResult(new ReadOnlySequence<byte>(_unread), isCanceled: false, _isEnded && _system.Length == 0);
            return true;
        }
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var used = consumed.GetInteger() & int.MaxValue;
        _isExamined = (examined.GetInteger() & int.MaxValue) >= _unread.Length;
        _unread = _unread[used..];
        if (_lent is null) return;

        // The next read goes there.
        Array.Fill(_lent, (byte)'!');
        BlockPool.Return(_lent);
        _lent = null;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void CancelPendingRead() => _readable.TrySetResult();

    public override void Complete(Exception? exception = null) => throw new NotSupportedException();

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ReadResult result;
        while (!TryRead(out result)) await WaitToReadAsync();
        return result;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
