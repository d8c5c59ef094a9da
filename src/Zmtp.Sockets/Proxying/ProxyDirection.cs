using Zmtp.Sockets.Endpoints;

namespace Zmtp.Sockets;

/// <summary>One of the two ways through a proxy.</summary>
internal sealed class ProxyDirection
{
    /// <summary>How long nothing is received after there was no memory for it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Named where the clock of the application's has a defect.</summary>
    private const string Where = "a proxy";

    private readonly IReceivingSocket _from;
    private readonly SendingSocket _to;
    private readonly SendingSocket? _capture;
    private long _messages;
    private long _octets;
    private long _dropped;
    private long _copiesDropped;

    private ProxyDirection(IReceivingSocket from, SendingSocket to, SendingSocket? capture)
    {
        _from = from;
        _to = to;
        _capture = capture;
    }

    public ProxyCount Passed => new(Volatile.Read(ref _messages), Volatile.Read(ref _octets), Volatile.Read(ref _dropped));

    public long CopiesDropped => Volatile.Read(ref _copiesDropped);

    /// <summary>Null when the one socket does not receive or the other does not send.</summary>
    public static ProxyDirection? TryCreate(ZmtpSocket from, ZmtpSocket to, SendingSocket? capture) =>
        from is IReceivingSocket receiving && to is SendingSocket sending ? new ProxyDirection(receiving, sending, capture) : null;

    /// <summary>Never completes but by an exception.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        // Begins elsewhere, so that a front end that is never empty does not keep the other direction from starting.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            Message message;
            try
            {
                message = await _from.ReceiveAsync(stop).ConfigureAwait(false);
            }
            catch (OutOfMemoryException)
            {
                // For one message, which must not end the proxy of all: the next may find some.
                await Pausing.WaitAsync(Pause, (ZmtpSocket)_from, Where, stop).ConfigureAwait(false);
                continue;
            }

            await PassOnAsync(message, stop).ConfigureAwait(false);
        }
    }

    private async ValueTask PassOnAsync(Message message, CancellationToken stop)
    {
        var octets = message.Length;
        var isTaken = false;
        try
        {
            if (_capture is not null) Copy(message, _capture);
            isTaken = await TakesAsync(message, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or ObjectDisposedException))
        {
            // To a ROUTER without an address or for one that has left, or such that a connection could not encode it, which ends that one and says so:
            // the fault of one peer or one message, which must not end the others' proxy.
        }
        finally
        {
            if (isTaken) Count(octets);
            else Drop(message);
        }
    }

    /// <summary>False: nobody does, and the message is still ours.</summary>
    private async ValueTask<bool> TakesAsync(Message message, CancellationToken stop)
    {
        // Without RouterMandatory its SendAsync reports as sent what it drops.
        if (_to is RouterSocket { Options.RouterMandatory: false } router) return router.TryPassOn(message);

        // Not even for a stop: an XPUB says but once that a topic is wanted, and the proxy may run again.
        if (_to is XSubSocket && _to.TrySend(message)) return true;
        await _to.SendAsync(message, stop).ConfigureAwait(false);
        return true;
    }

    private void Count(long octets)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _octets, octets);
    }

    private void Drop(Message message)
    {
        Interlocked.Increment(ref _dropped);
        message.Dispose();
    }

    private void Copy(Message message, SendingSocket capture)
    {
        Message copy = default;
        try
        {
            copy = Message.Create();
            if (capture.TrySend(copy.Append(message))) return;
        }
        catch (Exception e) when (e is not ObjectDisposedException)
        {
            // For want of memory, say, or because its only peer's connection cannot encode it: the message is for others.
        }

        copy.Dispose();
        Interlocked.Increment(ref _copiesDropped);
    }
}
