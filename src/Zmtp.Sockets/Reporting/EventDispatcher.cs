using System.Threading.Channels;
using Zmtp.Sockets.Endpoints;
using Zmtp.Zap;

namespace Zmtp.Sockets.Reporting;

/// <summary>
/// Hands events to the application on a task of its own, so that a handler that is slow, blocks or throws cannot stop the
/// traffic. When it falls behind by more than the channel holds, the oldest events are dropped, and the log says so: once, and once more when it
/// has caught up.
/// </summary>
internal sealed class EventDispatcher(ZmtpSocket socket)
{
    private const int Capacity = 1024;

    private readonly Lock _gate = new();
    private Channel<SocketEvent>? _channel;
    private EventHandler<SocketEvent>? _handlers;

    /// <summary>Since it has fallen behind.</summary>
    private long _dropped;

    public void Add(EventHandler<SocketEvent>? handler)
    {
        lock (_gate)
        {
            _handlers += handler;
            if (_channel is not null) return;
            _channel = Channel.CreateBounded<SocketEvent>(
                new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
                _ => OnDropped());
            _ = Background.RunAsync(() => RunAsync(_channel.Reader));
        }
    }

    public void Remove(EventHandler<SocketEvent>? handler)
    {
        lock (_gate) _handlers -= handler;
    }

    /// <summary>Whether anybody listens, or has.</summary>
    public bool IsOn => Volatile.Read(ref _channel) is not null;

    public void Raise(SocketEvent @event) => Volatile.Read(ref _channel)?.Writer.TryWrite(@event);

    public void Complete() => Volatile.Read(ref _channel)?.Writer.TryComplete();

    private void OnDropped()
    {
        if (Interlocked.Increment(ref _dropped) == 1) SocketLog.EventsDropped(socket.Context.Log, SocketTypes.ToToken(socket.Type), Capacity);
    }

    private async Task RunAsync(ChannelReader<SocketEvent> events)
    {
        await foreach (var happened in events.ReadAllAsync().ConfigureAwait(false))
        {
            Handlers.CallAll(Volatile.Read(ref _handlers), socket, happened, error => OnError(happened, error));

            // Not before all are handled: handlers that are behind by a few would be behind again with the next event.
            if (Volatile.Read(ref _dropped) > 0 && events.Count == 0) OnCaughtUp();
        }
    }

    private void OnCaughtUp() =>
        SocketLog.EventsCaughtUp(socket.Context.Log, SocketTypes.ToToken(socket.Type), Interlocked.Exchange(ref _dropped, 0));

    private void OnError(SocketEvent happened, Exception error) =>
        SocketLog.HandlerFailed(socket.Context.Log, SocketTypes.ToToken(socket.Type), happened.Kind, happened.Endpoint, error);
}
