using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The way to a ZAP handler bound to <c>inproc://zeromq.zap.01</c>: a DEALER socket of its own for each request, so that replies cannot
/// be mixed up and a handler that never answers holds up nobody else.
/// </summary>
internal sealed class InprocZapChannel(ZmtpContext context) : IZapChannel
{
    public const string Name = "zeromq.zap.01";

    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> RequestAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> request, CancellationToken cancellationToken)
    {
        var socket = new DealerSocket(context, new SocketOptions { Linger = TimeSpan.Zero });
        await using (socket.ConfigureAwait(false))
        {
            // Not disposed: it holds nothing, and the event may come later than the end.
            var left = new CancellationTokenSource();
            socket.Event += (_, happened) =>
            {
                if (happened.Kind == SocketEventKind.Disconnected) left.Cancel();
            };
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, left.Token);
            socket.Connect(ZapHandler.Endpoint);
            var message = Message.Create().Append([]);
            foreach (var frame in request) message.Append(frame.Span);
            await socket.SendAsync(message, cancellationToken).ConfigureAwait(false);
            using var reply = await ReceiveAsync(socket, giveUp.Token, cancellationToken).ConfigureAwait(false);
            if (reply[0].Length > 0)
            {
                throw new ZmtpProtocolException(ProtocolError.ZapMalformedReply, "The ZAP reply does not begin with an empty delimiter.");
            }

            var frames = new ReadOnlyMemory<byte>[reply.FrameCount - 1];
            for (var i = 0; i < frames.Length; i++) frames[i] = reply.ToArray(i + 1);
            return frames;
        }
    }

    /// <summary>The reply, unless the handler is gone: another one that is bound in its place knows nothing of the request.</summary>
    private static async ValueTask<Message> ReceiveAsync(DealerSocket socket, CancellationToken giveUp, CancellationToken byCaller)
    {
        try
        {
            return await socket.ReceiveAsync(giveUp).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!byCaller.IsCancellationRequested)
        {
            // It may have replied just before.
            if (socket.TryReceive(out var reply)) return reply;
            throw new ZmtpException(
                $"The ZAP handler at {ZapHandler.Endpoint} closed before it replied. Check that it runs as long as there are sockets that ask it.",
                FaultOrigin.Local,
                mayRetry: true);
        }
    }
}
