using Zmtp.Security;
using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>Serves an authenticator as the RFC 27 handler of a context, on a ROUTER socket, requests side by side.</summary>
internal sealed class ZapServer : IAsyncDisposable
{
    private readonly RouterSocket _socket;
    private readonly ZapHandler _handler;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _serving = Task.CompletedTask;
    private int _isEnding;

    private ZapServer(ZmtpContext context, IAuthenticator authenticator)
    {
        _socket = new RouterSocket(context, new SocketOptions { Linger = TimeSpan.Zero });
        _handler = new ZapHandler(authenticator, context.Log, context.ZapClient.TryLeave);
    }

    public static async Task<ZapServer> StartAsync(ZmtpContext context, IAuthenticator authenticator)
    {
        var server = new ZapServer(context, authenticator);
        try
        {
            await server._socket.BindAsync(ZapHandler.Endpoint).ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        server._serving = Background.RunAsync(server.ServeAsync);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isEnding, 1) != 0)
        {
            await _ended.Task.ConfigureAwait(false);
            return;
        }

        try
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _socket.DisposeAsync().ConfigureAwait(false);
            await _serving.ConfigureAwait(false);
            _stop.Dispose();
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private async Task ServeAsync()
    {
        await foreach (var request in _socket.ReceiveAllAsync().ConfigureAwait(false))
        {
            // Not here: an authenticator of the application's may block, and the others do not wait for it.
            _ = Task.Run(() => AnswerAsync(request));
        }
    }

    private async Task AnswerAsync(Message request)
    {
        try
        {
            using (request)
            {
                var frames = new ReadOnlyMemory<byte>[request.FrameCount];
                for (var i = 0; i < frames.Length; i++) frames[i] = request[i];
                if (!ZapEnvelope.TrySplit(frames, out var envelope)) return;
                var reply = await HandleAsync(envelope.Body).ConfigureAwait(false);
                if (reply is null) return;
                await _socket.SendAsync(Message.Of([.. envelope.Wrap(reply)]), _stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The handler is closing; who asked is refused.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            SocketLog.Defect(_socket.Context.Log, "ROUTER", ZapHandler.Endpoint, e);
        }
    }

    private async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>?> HandleAsync(IReadOnlyList<ReadOnlyMemory<byte>> request)
    {
        try
        {
            return await _handler.HandleAsync(request, _stop.Token).ConfigureAwait(false);
        }
        finally
        {
            // The memory of messages is used again, as it is.
            ZapRequest.EraseCredentials(request);
        }
    }
}
