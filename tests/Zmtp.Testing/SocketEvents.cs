using System.Threading.Channels;
using Xunit.Sdk;
using Zmtp.Sockets;

namespace Zmtp.Testing;

/// <summary>Keeps the events of a socket from the moment of its making, and waits for them one by one.</summary>
public sealed class SocketEvents : IDisposable
{
    private readonly ZmtpSocket _socket;
    private readonly Channel<SocketEvent> _events = Channel.CreateUnbounded<SocketEvent>();
    private readonly List<SocketEvent> _seen = [];

    /// <summary>Starts to listen to a socket.</summary>
    public SocketEvents(ZmtpSocket socket)
    {
        _socket = socket;
        socket.Event += Keep;
    }

    /// <summary>Takes events until one of this kind comes.</summary>
    public async Task<SocketEvent> NextAsync(SocketEventKind kind)
    {
        try
        {
            while (true)
            {
                var happened = await _events.Reader.ReadAsync(TestTimeout.Token);
                _seen.Add(happened);
                if (happened.Kind == kind)
                {
                    return happened;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new XunitException($"The event {kind} did not come. These came:\n{string.Join("\n", _seen)}");
        }
    }

    /// <summary>Takes what else has come by now. All that were taken, from the first on.</summary>
    public IReadOnlyList<SocketEvent> Drain()
    {
        while (_events.Reader.TryRead(out var happened)) _seen.Add(happened);
        return _seen;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Event -= Keep;

    private void Keep(object? sender, SocketEvent happened)
    {
        Searching.SecretJournal.Suite.Say($"{happened} {happened.Peer}");
        _events.Writer.TryWrite(happened);
    }
}
