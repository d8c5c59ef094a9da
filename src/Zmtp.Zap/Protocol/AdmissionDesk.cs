using System.Buffers.Binary;
using System.Security.Cryptography;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// What frames cannot carry between a client of this process and its handler: the handler leaves here the admission that belongs to its reply, and
/// hears when nobody waits for that any more. Request ids begin with octets of our own randomness, so that a request that comes from
/// elsewhere, through a proxy, is not taken for one of ours.
/// </summary>
internal sealed class AdmissionDesk
{
    private const int OriginSize = 8;
    private const int NumberSize = sizeof(long);
    private const int RequestIdSize = OriginSize + NumberSize;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Wait> _open = [];
    private readonly byte[] _origin = RandomNumberGenerator.GetBytes(OriginSize);
    private long _lastNumber;

    /// <summary>Makes an id for a request, for which an admission may be left until <see cref="Close"/>.</summary>
    public byte[] Open()
    {
        var requestId = new byte[RequestIdSize];
        _origin.CopyTo(requestId, 0);
        lock (_gate)
        {
            BinaryPrimitives.WriteInt64BigEndian(requestId.AsSpan(OriginSize), ++_lastNumber);
            _open.Add(_lastNumber, new Wait());
        }

        return requestId;
    }

    /// <summary>Leaves an admission.</summary>
    /// <returns>False when the request is not ours, or nobody waits for its reply any more: the admission is still the caller's.</returns>
    public bool TryLeave(ReadOnlySpan<byte> requestId, Admission admission)
    {
        if (!IsOurs(requestId)) return false;
        lock (_gate)
        {
            if (!_open.TryGetValue(NumberOf(requestId), out var wait) || wait.Admission is not null) return false;
            wait.Admission = admission;
            return true;
        }
    }

    /// <summary>Has a handler told when nobody waits for its reply any more, until <see cref="Unwatch"/>.</summary>
    /// <param name="requestId">Of the request that it is about to answer.</param>
    /// <param name="onLeft">Called once at most, on the asker's thread; it must be quick, and not block.</param>
    public ZapAsker Watch(ReadOnlySpan<byte> requestId, Action onLeft)
    {
        if (!IsOurs(requestId)) return ZapAsker.Elsewhere;
        lock (_gate)
        {
            if (!_open.TryGetValue(NumberOf(requestId), out var wait)) return ZapAsker.HasLeft;
            wait.OnLeft = onLeft;
            return ZapAsker.Waits;
        }
    }

    /// <summary>The handler has its reply: it is not told any more, unless it is being told.</summary>
    public void Unwatch(ReadOnlySpan<byte> requestId)
    {
        if (!IsOurs(requestId)) return;
        lock (_gate)
        {
            if (_open.TryGetValue(NumberOf(requestId), out var wait)) wait.OnLeft = null;
        }
    }

    /// <summary>Ends the wait for a reply, and with it the time in which an admission may be left. Calls after the first do nothing.</summary>
    /// <returns>What was left; the caller's from now on.</returns>
    public Admission? Close(ReadOnlySpan<byte> requestId)
    {
        Wait? wait;
        lock (_gate) _open.Remove(NumberOf(requestId), out wait);
        wait?.OnLeft?.Invoke();
        return wait?.Admission;
    }

    private bool IsOurs(ReadOnlySpan<byte> requestId) => requestId.Length == RequestIdSize && requestId[..OriginSize].SequenceEqual(_origin);

    private static long NumberOf(ReadOnlySpan<byte> requestId) => BinaryPrimitives.ReadInt64BigEndian(requestId[OriginSize..]);

    // Under the gate while it is open.
    private sealed class Wait
    {
        public Admission? Admission { get; set; }

        public Action? OnLeft { get; set; }
    }
}
