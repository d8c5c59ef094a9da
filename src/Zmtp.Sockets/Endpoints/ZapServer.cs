using Zmtp.Engine;
using Zmtp.Security;
using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>Serves an authenticator as the RFC 27 handler of a context, on a ROUTER socket, requests side by side.</summary>
internal sealed class ZapServer : IAsyncDisposable
{
    /// <summary>How long no request is taken in after one that could not be.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly RouterSocket _socket;
    private readonly ZapHandler _handler;
    private readonly Func<Message, ReadOnlyMemory<byte>[]> _framesOf;
    private readonly UnwantedAnswers _unwanted = new();
    private readonly UnwantedAnswers _foreign = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _serving = Task.CompletedTask;
    private int _isEnding;

    private ZapServer(ZmtpContext context, IAuthenticator authenticator, Func<Message, ReadOnlyMemory<byte>[]> framesOf)
    {
        _framesOf = framesOf;
        _socket = new RouterSocket(context, new SocketOptions { Linger = TimeSpan.Zero, IsOfContext = true });
        _handler = new ZapHandler(
            new GuardedAuthenticator(authenticator, context.Log), context.Log, context.ZapClient.TryLeave, context.Time);
    }

    public static Task<ZapServer> StartAsync(ZmtpContext context, IAuthenticator authenticator, CancellationToken cancellationToken) =>
        StartAsync(context, authenticator, static request => [.. request], cancellationToken);

    /// <param name="context">The context that the handler serves.</param>
    /// <param name="authenticator">Decides; not disposed.</param>
    /// <param name="framesOf">Takes a request apart; in tests memory runs out there.</param>
    /// <param name="cancellationToken">Gives up binding.</param>
    internal static async Task<ZapServer> StartAsync(
        ZmtpContext context, IAuthenticator authenticator, Func<Message, ReadOnlyMemory<byte>[]> framesOf, CancellationToken cancellationToken)
    {
        var server = new ZapServer(context, authenticator, framesOf);
        try
        {
            await server._socket.BindAsync(ZapHandler.Endpoint, cancellationToken).ConfigureAwait(false);
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

    /// <summary>
    /// Ends with the socket, and not for want of memory either: without it every peer would be refused for ever, and nobody be told why.
    /// </summary>
    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await foreach (var request in _socket.ReceiveAllAsync().ConfigureAwait(false)) TakeIn(request);
                return;
            }
            catch (Exception e)
            {
                // The next request must be answered all the same.
                TellOfFailure(e);
                await Pausing.WaitAsync(Pause, _socket, ZapHandler.Endpoint, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    private void TakeIn(Message request)
    {
        try
        {
            if (ZapEnvelope.TrySplit(_framesOf(request), out var envelope))
            {
                Begin(request, envelope);
                return;
            }

            _handler.TellNotZap(request.FrameCount);
        }
        catch
        {
            Erase(request);
            throw;
        }

        Erase(request);
    }

    private void TellOfFailure(Exception e)
    {
        try
        {
            if (e is OutOfMemoryException) _socket.Raise(SocketEventKind.AcceptFailed, ZapHandler.Endpoint, error: Scarcity.OfQuestion(e));
            else _socket.TellOfDefect(ZapHandler.Endpoint, e);
        }
        catch (OutOfMemoryException)
        {
            // There is none to tell of it either. The next request that fails tells as much.
        }
    }

    private void Begin(Message request, ZapEnvelope envelope)
    {
        var question = new ZapQuestion(_socket, ZapRequest.IdOf(envelope.Body), _unwanted, _foreign, _stop.Token);
        if (question.Asker == ZapAsker.HasLeft)
        {
            End(request, question);
            return;
        }

        try
        {
            // Not here: an authenticator of the application's may block, and the others do not wait for it.
            _ = Task.Run(() => AnswerAsync(request, envelope, question));
        }
        catch
        {
            question.Dispose();
            throw;
        }
    }

    private async Task AnswerAsync(Message request, ZapEnvelope envelope, ZapQuestion question)
    {
        try
        {
            var reply = await HandleAsync(envelope.Body, question).ConfigureAwait(false);
            question.OnAnswered();
            if (reply is null) return;
            await _socket.SendAsync(Message.Of([.. envelope.Wrap(reply)]), _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (
            e is OperationCanceledException or ObjectDisposedException && (question.Stop.IsCancellationRequested || _socket.IsClosing))
        {
            // The asker has given up, or the handler is closing, perhaps with its context, and the asker is refused.
        }
        catch (Exception e)
        {
            TellOfFailure(e);
        }
        finally
        {
            End(request, question);
        }
    }

    private async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>?> HandleAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> request, ZapQuestion question)
    {
        question.Stop.ThrowIfCancellationRequested();
        if (!question.IsTooMuch) return await _handler.HandleAsync(request, question.Stop).ConfigureAwait(false);
        return ZapReply.Encode(ZapRequest.IdOf(request), AuthenticationResult.TemporaryError(
            $"The authenticator was not asked: it has {UnwantedAnswers.Limit} questions to answer for which nobody is known to wait. Check " +
            "that it and its stores answer in time, and that it stops when its CancellationToken fires."));
    }

    private static void End(Message request, ZapQuestion question)
    {
        question.Dispose();
        Erase(request);
    }

    /// <summary>All of it: where a password lies in what is no ZAP request, nobody knows. The memory of messages is used again, as it is.</summary>
    private static void Erase(Message request)
    {
        request.Buffer.Erase();
        request.Dispose();
    }
}
