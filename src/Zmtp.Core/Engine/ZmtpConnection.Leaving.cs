using Zmtp.Transports;

namespace Zmtp.Engine;

/// <content>How this end parts from its peer.</content>
internal sealed partial class ZmtpConnection
{
    /// <summary>How long a peer gets at least to hang up after our goodbye.</summary>
    public static readonly TimeSpan Goodbye = TimeSpan.FromMilliseconds(250);

    /// <summary>How long at most, whatever the linger: one that has stopped may never hang up.</summary>
    public static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(30);

    private ITimer? _limit;
    private bool _hasSaidGoodbye;

    /// <summary>
    /// Says goodbye after the last octet and lets the peer hang up; <see cref="RunAsync"/> returns when it has, or at <see cref="Abort"/>.
    /// </summary>
    public void Close()
    {
        Volatile.Write(ref _closing, true);

        // An answer to a PING would fail. There is no writer before it has an owner.
        Writer?.Stop();
        SayGoodbye();
    }

    /// <summary>
    /// Says goodbye after the last octet and takes the connection from its owner: <see cref="RunAsync"/> returns, and nothing is handed
    /// over any more. What the peer still sends is read off in the background until it hangs up: a connection that is closed over unread octets,
    /// or that is sent something once it is closed, is reset, and a reset overtakes what the peer has not received yet.
    /// </summary>
    /// <param name="linger">
    /// How long the peer has to read what was sent; it gets no less than <see cref="Goodbye"/> and no more than <see cref="LongestGoodbye"/>.
    /// </param>
    public void Leave(TimeSpan linger)
    {
        Volatile.Write(ref _closing, true);
        var time = TimeSpan.FromTicks(Math.Clamp(linger.Ticks, Goodbye.Ticks, LongestGoodbye.Ticks));
        var limit = NewTimer(static me => ((ZmtpConnection)me!).OnGoodbyeOver(), time);
        _limit = limit;

        // First: a peer that answers the goodbye at once meets a connection that is nobody's, and the owner waits for nobody.
        var isGone = _turn.TryLeave();
        if (_turn.HasEnded)
        {
            // RunAsync has the end already, and there is nobody to say goodbye to.
            limit.Dispose();
            return;
        }

        SayGoodbye();
        if (!isGone) return;
        _owner?.StopWaitingForRoom();
        OnLeft();
    }

    /// <summary>After <see cref="Leave"/>: the peer gets no more than <see cref="Goodbye"/> from now on.</summary>
    public void Hurry() => _limit?.Change(Goodbye, Timeout.InfiniteTimeSpan);

    /// <summary>
    /// The owner is gone: the reader that waits for octets has no owner for them, and lets go of a message that has begun, which may be
    /// large. Where none has begun, the wait goes on: to end it costs a turn of the pool, and with it some transports of the application
    /// end the connection.
    /// </summary>
    private void OnLeft()
    {
        var hasBegun = _reader is { HasBegun: true };
        _end.TrySetResult();
        if (!hasBegun) return;
        try
        {
            _transport.CancelReadGuarded(_options.OnDefect);
        }
        catch (OutOfMemoryException)
        {
            // Of a transport of the application's. It is given back when the peer hangs up, or its time is over.
        }
    }

    // Once, also where a peer that did not hang up after Close is left then.
    private void SayGoodbye()
    {
        if (!Interlocked.Exchange(ref _hasSaidGoodbye, true)) _transport.CompleteOutputGuarded(_options.OnDefect);
    }

    /// <summary>The owner has left: nobody wants what still comes, but the peer shall hang up first.</summary>
    private async Task ReadOffAsync()
    {
        try
        {
            await Unwanted.ReadOffAsync(_transport.Input, long.MaxValue, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The time is over or the connection is lost: either way nobody is there to wait for.
        }

        AbortTransport();
        await Writer.StopAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>As <see cref="OnTime"/>, for the peer to hang up.</summary>
    private void OnGoodbyeOver()
    {
        try
        {
            AbortTransport();
        }
        catch (OutOfMemoryException)
        {
            _limit?.Change(AfterScarcity, Timeout.InfiniteTimeSpan);
        }
    }
}
