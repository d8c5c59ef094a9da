using System.Buffers.Binary;
using System.Security.Cryptography;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// Where a handler in this process leaves the admission that belongs to its reply, because frames cannot carry it. Request ids begin
/// with octets of our own randomness, so that a request that comes from elsewhere, through a proxy, is not taken for one of ours.
/// </summary>
internal sealed class AdmissionDesk
{
    private const int OriginSize = 8;
    private const int NumberSize = sizeof(long);
    private const int RequestIdSize = OriginSize + NumberSize;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Admission?> _open = [];
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
            _open.Add(_lastNumber, null);
        }

        return requestId;
    }

    /// <summary>Leaves an admission.</summary>
    /// <returns>False when the request is not ours, or nobody waits for its reply any more: the admission is still the caller's.</returns>
    public bool TryLeave(ReadOnlySpan<byte> requestId, Admission admission)
    {
        if (requestId.Length != RequestIdSize || !requestId[..OriginSize].SequenceEqual(_origin)) return false;
        var number = NumberOf(requestId);
        lock (_gate)
        {
            if (!_open.TryGetValue(number, out var earlier) || earlier is not null) return false;
            _open[number] = admission;
            return true;
        }
    }

    /// <summary>Ends the time in which an admission may be left. Calls after the first do nothing.</summary>
    /// <returns>What was left; the caller's from now on.</returns>
    public Admission? Close(ReadOnlySpan<byte> requestId)
    {
        lock (_gate) return _open.Remove(NumberOf(requestId), out var admission) ? admission : null;
    }

    private static long NumberOf(ReadOnlySpan<byte> requestId) => BinaryPrimitives.ReadInt64BigEndian(requestId[OriginSize..]);
}
