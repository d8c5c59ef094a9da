using NetMQ;

namespace Zmtp.Perf.Peers;

/// <summary>
/// A socket by NetMQ's frames: no object for a message, its default buffer pool. Used by one thread at a time. A received frame lies in
/// <see cref="Frame"/> until the next one.
/// </summary>
internal sealed class FrameSocket : IDisposable
{
    private readonly NetMQSocket _socket;
    private Msg _received;

    public FrameSocket(NetMQSocket socket)
    {
        _socket = socket;
        _received.InitEmpty();
    }

    public ReadOnlySpan<byte> Frame => _received.Slice();

    /// <returns>The endpoint, with the port that was chosen.</returns>
    public string Bind(string endpoint)
    {
        const string anyPort = ":*";
        if (!endpoint.EndsWith(anyPort, StringComparison.Ordinal))
        {
            _socket.Bind(endpoint);
            return endpoint;
        }

        var host = endpoint[..^anyPort.Length];
        return $"{host}:{_socket.BindRandomPort(host)}";
    }

    public void Connect(string endpoint) => _socket.Connect(endpoint);

    /// <summary>Copies the body into a message of NetMQ's, as an application does.</summary>
    /// <returns>Whether there was room in time.</returns>
    public bool TrySend(ReadOnlySpan<byte> body, TimeSpan timeout) => TrySend(body, timeout, more: false);

    /// <summary>Sends to one peer of a ROUTER, if that waits for room.</summary>
    /// <inheritdoc cref="TrySend(ReadOnlySpan{byte}, TimeSpan)"/>
    public bool TrySendTo(ReadOnlySpan<byte> routingId, ReadOnlySpan<byte> body, TimeSpan timeout) =>
        TrySend(routingId, timeout, more: true) && TrySend(body, timeout, more: false);

    private bool TrySend(ReadOnlySpan<byte> body, TimeSpan timeout, bool more)
    {
        var message = default(Msg);
        message.InitPool(body.Length);
        body.CopyTo(message.Slice());
        var isSent = _socket.TrySend(ref message, timeout, more);
        message.Close();
        return isSent;
    }

    /// <exception cref="MeasurementException">There was no room in time.</exception>
    public void Send(ReadOnlySpan<byte> body, TimeSpan timeout)
    {
        if (!TrySend(body, timeout)) throw new MeasurementException("send: timed out");
    }

    public bool TryReceive(TimeSpan timeout) => _socket.TryReceive(ref _received, timeout);

    /// <exception cref="MeasurementException">Nothing came in time.</exception>
    public ReadOnlySpan<byte> Receive(TimeSpan timeout)
    {
        if (!TryReceive(timeout)) throw new MeasurementException("receive: timed out");
        return Frame;
    }

    /// <summary>Sends the received frame and those that belong to it back as they came, without a copy.</summary>
    public void SendBack(TimeSpan timeout)
    {
        while (true)
        {
            var hasMore = _received.HasMore;
            if (!_socket.TrySend(ref _received, timeout, hasMore)) throw new MeasurementException("send: timed out");
            if (!hasMore) return;
            if (!TryReceive(timeout)) throw new MeasurementException("receive: timed out");
        }
    }

    public void Dispose()
    {
        _received.Close();
        _socket.Dispose();
    }
}
