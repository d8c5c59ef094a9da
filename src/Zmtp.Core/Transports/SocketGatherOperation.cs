using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Zmtp.Transports;

/// <summary>One gathering send, made once per connection and used again and again, so that it allocates nothing.</summary>
internal sealed class SocketGatherOperation : SocketAsyncEventArgs, IValueTaskSource
{
    /// <summary>
    /// Segments that go with one system call. Up to eight the runtime keeps its vectors on the stack; above, it allocates two
    /// arrays at each call.
    /// </summary>
    public const int MaximumSegments = 8;

    private readonly Socket _socket;
    private readonly List<ArraySegment<byte>> _segments = new(MaximumSegments);
    private ManualResetValueTaskSourceCore<bool> _source;

    public SocketGatherOperation(Socket socket)
        : base(true)
    {
        _socket = socket;
    }

    /// <summary>Whether everything loaded was sent.</summary>
    public bool IsEmpty => _segments.Count == 0;

    /// <summary>Takes segments from the start of a list, as many as go with one system call.</summary>
    /// <returns>How many were taken, empty ones included; 0 if the first is not backed by an array.</returns>
    public int Load(ReadOnlySpan<ReadOnlyMemory<byte>> segments)
    {
        _segments.Clear();
        var taken = 0;
        foreach (var segment in segments)
        {
            if (_segments.Count == MaximumSegments || !MemoryMarshal.TryGetArray(segment, out var array)) break;
            if (array.Count > 0) _segments.Add(array);
            taken++;
        }
        return taken;
    }

    /// <summary>Sends what is loaded, once; <see cref="IsEmpty"/> then tells whether all of it went.</summary>
    /// <exception cref="SocketException">The connection is lost.</exception>
    public ValueTask SendAsync()
    {
        _source.Reset();
        BufferList = _segments;
        if (_socket.SendAsync(this)) return new ValueTask(this, _source.Version);
        return Finish() is { } exception ? ValueTask.FromException(exception) : default;
    }

    /// <summary>Lets go of the caller's memory.</summary>
    public void Clear()
    {
        _segments.Clear();
        BufferList = null;
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (Finish() is { } exception) _source.SetException(exception);
        else _source.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private SocketException? Finish()
    {
        if (SocketError != SocketError.Success) return new SocketException((int)SocketError);
        var sent = BytesTransferred;
        var whole = 0;
        while (whole < _segments.Count && sent >= _segments[whole].Count) sent -= _segments[whole++].Count;
        _segments.RemoveRange(0, whole);
        if (sent > 0) _segments[0] = _segments[0][sent..];
        return null;
    }
}
