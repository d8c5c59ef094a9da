using Zmtp.Engine;
using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// One request at a <see cref="ZapServer"/>, from its arrival until the authenticator is done with it, and whether somebody waits for the reply
/// meanwhile. Safe on any thread.
/// </summary>
internal sealed class ZapQuestion : IDisposable
{
    private readonly ZapClient _client;
    private readonly ReadOnlyMemory<byte> _requestId;
    private readonly UnwantedAnswers _unwanted;
    private readonly CancellationTokenSource _stop;
    private readonly Lock _gate = new();
    private bool _isUnwanted;
    private bool _isOver;

    /// <param name="client">Who may have sent it.</param>
    /// <param name="requestId">The request's id; read until the end.</param>
    /// <param name="unwanted">Where it is counted while nobody waits.</param>
    /// <param name="closing">The handler is closing.</param>
    public ZapQuestion(ZapClient client, ReadOnlyMemory<byte> requestId, UnwantedAnswers unwanted, CancellationToken closing)
    {
        _client = client;
        _requestId = requestId;
        _unwanted = unwanted;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(closing);
        Asker = client.Watch(requestId, OnLeft);

        // Nobody says how long they wait, so they are counted with those that do not.
        if (Asker == ZapAsker.Elsewhere) BecomeUnwanted();
    }

    /// <summary>Who asked, as far as that could be known when the request came.</summary>
    public ZapAsker Asker { get; }

    /// <summary>Fires when who asked has given up, and when the handler is closing.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        _client.Unwatch(_requestId);
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

            // On the pool: this is the thread of a handshake, and what waits for it is the application's.
            _ = _stop.CancelAsync();
        }
    }
}
