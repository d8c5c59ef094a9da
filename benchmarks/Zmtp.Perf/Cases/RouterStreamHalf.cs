using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>ROUTER: a stream to all DEALERs in turn, each of which says first which place it has. Nothing is dropped: it waits for room.</summary>
internal sealed class RouterStreamHalf(Options options, Link link, ZmtpContext context) : StreamSenderHalf(options, link, context)
{
    private readonly byte[][] _routingIds = new byte[options.Peers][];
    private RouterSocket _socket = null!;
    private int _turn;

    protected override void Prepare()
    {
        _socket = Open(static (context, options) => new RouterSocket(context, options with { RouterMandatory = true }));
        Attach(_socket);
        for (var i = 0; i < _routingIds.Length; i++)
        {
            using var place = _socket.Receive();
            _routingIds[Place.Read(place[1].Span, _routingIds.Length)] = place.ToArray();
        }
    }

    protected override void SendNext(byte[] body)
    {
        using var message = NewMessage(body);
        _socket.Send(message);
        PassTurn();
    }

    protected override async ValueTask SendNextAsync(byte[] body, CancellationToken cancellation)
    {
        using var message = NewMessage(body);
        await _socket.SendAsync(message, cancellation);
        PassTurn();
    }

    private Message NewMessage(byte[] body) => Message.Create().Append(_routingIds[_turn]).Append(body);

    private void PassTurn()
    {
        if (++_turn == _routingIds.Length) _turn = 0;
    }
}
