using Zmtp.Transports;
using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The way to a ZAP handler bound to <c>inproc://zeromq.zap.01</c>: a DEALER socket of its own for each request, so that replies cannot
/// be mixed up and a handler that never answers holds up nobody else.
/// </summary>
internal sealed class InprocZapChannel(ZmtpContext context) : IZapChannel
{
    public static string Name { get; } = ZmtpEndpoint.Parse(ZapHandler.Endpoint).Address;

    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> RequestAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> request, CancellationToken cancellationToken)
    {
        var socket = new DealerSocket(context, new SocketOptions { Linger = TimeSpan.Zero, IsOfContext = true });
        await using (socket.ConfigureAwait(false))
        {
            // Not disposed: it holds nothing, and the event may come later than the end.
            var left = new CancellationTokenSource();
            ZmtpException? mismatch = null;
            socket.Event += (_, happened) =>
            {
                if (happened.Kind is not (SocketEventKind.Disconnected or SocketEventKind.ConnectStopped)) return;
                if (happened.Kind == SocketEventKind.ConnectStopped) mismatch = happened.Error;
                left.Cancel();
            };
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, left.Token);
            try
            {
                socket.Connect(ZapHandler.Endpoint);
                await SendAsync(socket, Message.Create(), request, giveUp.Token).ConfigureAwait(false);
                using var reply = await ReceiveAsync(socket, giveUp.Token).ConfigureAwait(false);
                return FramesOf(reply);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new ZmtpException(
                    mismatch is null
                        ? $"The ZAP handler at {ZapHandler.Endpoint} closed before it replied. Check that it runs as long as there are sockets that ask it."
                        : $"There is no ZAP handler that could be asked: {mismatch.Message} Bind a REP or a ROUTER there.",
                    FaultOrigin.Local,
                    mayRetry: true,
                    mismatch);
            }
        }
    }

    /// <summary>Sends a request. If it is not sent, nothing is left of it: there may be a password in it, and the memory of messages is used again.</summary>
    /// <param name="socket">Connected to the handler.</param>
    /// <param name="message">Without a frame yet; taken over.</param>
    /// <param name="request">The frames behind the delimiter.</param>
    /// <param name="giveUp">Ends the wait for a handler that takes it.</param>
    internal static async ValueTask SendAsync(
        DealerSocket socket, Message message, IReadOnlyList<ReadOnlyMemory<byte>> request, CancellationToken giveUp)
    {
        var buffer = message.Buffer;
        var version = buffer.Version;
        try
        {
            message.Append([]);
            foreach (var frame in request) message.Append(frame.Span);
            await socket.SendAsync(message, giveUp).ConfigureAwait(false);
        }
        catch
        {
            // Else it has changed hands, and its new owner erases it.
            if (buffer.Version == version) buffer.Erase();
            message.Dispose();
            throw;
        }
    }

    /// <summary>The reply, unless the handler is gone: another one that is bound in its place knows nothing of the request.</summary>
    private static async ValueTask<Message> ReceiveAsync(DealerSocket socket, CancellationToken giveUp)
    {
        try
        {
            return await socket.ReceiveAsync(giveUp).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It may have replied just before.
            if (socket.TryReceive(out var reply)) return reply;
            throw;
        }
    }

    private static ReadOnlyMemory<byte>[] FramesOf(Message reply)
    {
        if (reply[0].Length > 0)
        {
            throw new ZmtpProtocolException(ProtocolError.ZapMalformedReply, "The ZAP reply does not begin with an empty delimiter.");
        }

        var frames = new ReadOnlyMemory<byte>[reply.FrameCount - 1];
        for (var i = 0; i < frames.Length; i++) frames[i] = reply.ToArray(i + 1);
        return frames;
    }
}
