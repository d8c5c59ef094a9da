using Zmtp.Threading;
using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// One request at a <see cref="ZapServer"/>, from its arrival until the authenticator is done with it, and whether somebody waits for the reply
/// meanwhile. Safe on any thread.
/// </summary>
internal sealed class ZapQuestion : IDisposable
{
    private readonly ZmtpSocket _handler;
    private readonly ReadOnlyMemory<byte> _requestId;
    private readonly UnwantedAnswers _unwanted;
    private readonly CancellationTokenSource _stop;
    private readonly Lock _gate = new();
    private bool _isUnwanted;
    private bool _isOver;

    /// <param name="handler">The socket it came to.</param>
    /// <param name="requestId">The request's id; read until the end.</param>
    /// <param name="unwanted">Where it is counted once its asker, of this context, has left.</param>
    /// <param name="foreign">Where it is counted if its asker is of another, and nobody says whether it waits.</param>
    /// <param name="closing">The handler is closing.</param>
    public ZapQuestion(
        ZmtpSocket handler, ReadOnlyMemory<byte> requestId, UnwantedAnswers unwanted, UnwantedAnswers foreign, CancellationToken closing)
    {
        _handler = handler;
        _requestId = requestId;

        // Before anything is watched: the asker may leave at once.
        _unwanted = unwanted;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(closing);
        Asker = handler.Context.ZapClient.Watch(requestId, OnLeft);
        if (Asker == ZapAsker.Elsewhere) _unwanted = foreign;
        IsTooMuch = _unwanted.AreTooMany;
        if (Asker == ZapAsker.Elsewhere) BecomeUnwanted();
    }

    /// <summary>Where the request came from, as far as that could be known at its arrival.</summary>
    public ZapAsker Asker { get; }

    /// <summary>Whether the authenticator has so many others to answer, for which nobody is known to wait, that it is not to be asked.</summary>
    public bool IsTooMuch { get; }

    /// <summary>Fires when the asker has given up, and when the handler is closing.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>The authenticator has answered: that the asker leaves, with the reply, no longer concerns it.</summary>
    public void OnAnswered() => _handler.Context.ZapClient.Unwatch(_requestId);

    public void Dispose()
    {
        OnAnswered();
        using (_gate.Hold())
        {
            _isOver = true;
            if (_isUnwanted) _unwanted.Remove();
            _stop.Dispose();
        }
    }

    private void BecomeUnwanted()
    {
        _isUnwanted = true;
        _unwanted.Add();
    }

    private void OnLeft()
    {
        using (_gate.Hold())
        {
            if (_isOver) return;
            BecomeUnwanted();
            GivingUp.Tell(_stop, _handler, ZapHandler.Endpoint);
        }
    }
}
