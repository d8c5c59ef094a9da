using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>PUSH: a stream, by as many connections as it is told to, which take turns.</summary>
internal sealed class PushHalf(Options options, Link link, ZmtpContext context) : StreamSenderHalf(options, link, context)
{
    private PushSocket _socket = null!;

    protected override void Prepare()
    {
        _socket = Open(static (context, options) => new PushSocket(context, options));
        Attach(_socket);
        for (var i = 1; i < Options.Peers && !Options.Bind; i++) Attach(_socket);
    }

    protected override void SendNext(byte[] body) => _socket.Send(body);

    protected override ValueTask SendNextAsync(byte[] body, CancellationToken cancellation) => _socket.SendAsync(body, cancellation);
}
