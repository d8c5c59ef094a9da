using System.Runtime.CompilerServices;
using Zmtp.Engine;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Metering;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Reporting;
using Zmtp.Threading;
using Zmtp.Transports;

namespace Zmtp.Sockets;

/// <summary>
/// What all sockets have in common: endpoints, peers, events, closing. Every member may be called from any thread.
/// </summary>
/// <remarks>
/// A peer exists for a socket from the moment its handshake has succeeded. Connecting is asynchronous: it goes on in the
/// background, for as long as the reasons of failure are such that trying again can help.
/// </remarks>
public abstract partial class ZmtpSocket : IAsyncDisposable, IDisposable
{
    private readonly EventDispatcher _events;
    private readonly SocketReport _report;
    private readonly TransportOptions _engineOptions;
    private readonly SpinGate _sendGate = new();
    private readonly WaitQueue<bool> _senders;
    private Task<long>? _closing;
    private TaskCompletionSource? _closed;
    private long _unsentCount;
    private long _droppedCount;

    private protected ZmtpSocket(ZmtpContext context, SocketType type, SocketOptions? options)
    {
        ArgumentNullException.ThrowIfNull(context);
        Options = options ?? SocketOptions.Default;
        SocketOptionsRules.Check(Options);
        Context = context;
        Type = type;
        Identity = type is SocketType.Req or SocketType.Dealer or SocketType.Router ? Options.RoutingId.ToArray() : default;
        _senders = new WaitQueue<bool>(_sendGate);
        Gathering = this is DuplexSocket ? new Gathering() : null;
        Receiver = new Receiver(Gathering);
        Leftovers = new Leftovers(Options);
        _events = new EventDispatcher(this);
        _report = new SocketReport(context.Log, SocketTypes.ToToken(type), context.Time);
        Endpoints = new EndpointTable(this);
        _engineOptions = Options.Transport with { ContinuesOnPoller = true };
        ConnectionOptions = SocketOptionsRules.ToConnectionOptions(type, Options, context.Time);
        context.Add(this);
    }

    /// <summary>
    /// What happens to endpoints and connections. Handlers run on a task of their own, one event after another; when they fall
    /// behind by more than 1024 events the oldest are dropped, and the log says so.
    /// </summary>
    /// <remarks>
    /// Nobody waits for handlers: they are called for what happened before the end after <see cref="DisposeAsync"/> has completed, too, and one that was
    /// removed may still be at the event that it was called for. So what they use must live longer than the socket, or bear being used when it does not.
    /// </remarks>
    public event EventHandler<SocketEvent>? Event
    {
        add => _events.Add(value);
        remove => _events.Remove(value);
    }

    /// <summary>The context this socket belongs to.</summary>
    public ZmtpContext Context { get; }

    /// <summary>The socket type it announces.</summary>
    public SocketType Type { get; }

    /// <summary>The settings.</summary>
    public SocketOptions Options { get; }

    /// <summary>How many peers are connected: those whose handshake has succeeded.</summary>
    public int PeerCount => Lobby.Count;

    /// <summary>The peers that are connected, in the order in which they came: a moment's view, as a copy.</summary>
    public IReadOnlyList<ZmtpPeer> Peers => Lobby.Peers;

    /// <summary>The endpoints this socket listens at, as <see cref="BindAsync"/> returned them. A copy.</summary>
    public IReadOnlyList<string> BoundEndpoints => Endpoints.Bound;

    /// <summary>
    /// The endpoints this socket connects to, as <see cref="DisconnectAsync"/> takes them, whether a peer is there at this moment or not; each as often
    /// as it is connected. One that was given up (<see cref="SocketEventKind.ConnectStopped"/>) is not among them. A copy.
    /// </summary>
    public IReadOnlyList<string> ConnectedEndpoints => Endpoints.Connected;

    internal ConnectionOptions ConnectionOptions { get; }

    /// <summary>The Identity that it announces, as it was when the socket was made: the octets in the settings are the application's.</summary>
    internal ReadOnlyMemory<byte> Identity { get; }

    internal EndpointTable Endpoints { get; }

    internal Receiver Receiver { get; }

    /// <summary>Where messages gather for a thread that sends and receives in turn; null on sockets that do not do both.</summary>
    internal Gathering? Gathering { get; }

    /// <summary>What was received of connections that are gone.</summary>
    internal Leftovers Leftovers { get; }

    internal Lobby Lobby { get; } = new();

    internal TurnedAway TurnedAway { get; } = new();

    internal bool IsClosing => Volatile.Read(ref _closing) is not null;

    /// <summary>
    /// Completes when the socket takes nothing more, before its linger: for a thread that waits at another socket only as long as this one
    /// is there.
    /// </summary>
    internal Task Closed
    {
        get
        {
            using (_sendGate.Hold())
            {
                _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (IsClosing) _closed.TrySetResult();
                return _closed.Task;
            }
        }
    }

    /// <summary>Waits until a peer is there: its handshake has succeeded and messages can flow.</summary>
    /// <remarks>
    /// A peer that has come and left before the call is not there any more, although what it sent may wait to be received. A socket that
    /// only receives need not wait for peers; where it does to learn why nobody comes, call this before <see cref="Connect"/> or
    /// <see cref="BindAsync"/>, and await it after.
    /// A PUB that has a peer may still drop what is sent to it: subscriptions come after the handshake, and only an
    /// <see cref="XPubSocket"/> sees them.
    /// </remarks>
    /// <param name="timeout">
    /// How long, by the context's clock; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero: a peer that is there already, or else an
    /// error.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A connected peer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Nobody is there yet, and the time is negative but not infinite, or longer than 49 days.</exception>
    /// <exception cref="ZmtpException">
    /// No peer came, and this is why the last attempt failed; at once when trying again cannot help and the socket has no other endpoint by which a
    /// peer may still come, else when the time is over.
    /// </exception>
    /// <exception cref="TimeoutException">
    /// No peer came, and no attempt has failed yet: one may take <see cref="TransportOptions.ConnectTimeout"/> and
    /// <see cref="SocketOptions.HandshakeTimeout"/>. Lower those, so that it ends within the wait, to hear why. Or there was nothing to try: the message
    /// says that the socket has no endpoint, that nobody is there where it listens, or which inproc name nobody has bound.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or meanwhile.</exception>
    public Task<ZmtpPeer> WaitForPeerAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        Lobby.WaitAsync(timeout, Context.Time, () => Absence.Explain(this), cancellationToken);

    /// <summary>
    /// Closes the socket: it takes nothing more, gives what is queued its <see cref="SocketOptions.Linger"/>, and says goodbye. What has not left by
    /// then is dropped, and the log says how much it was. Calls that wait fail with <see cref="ObjectDisposedException"/>; those that wait for a message
    /// to be there only come back with false.
    /// </summary>
    /// <remarks>
    /// What was sent is with the operating system then, and behind it the end of the stream. Peers hang up in the background; the
    /// context's Dispose waits for them, so a process that ends should dispose its context last. Handlers of <see cref="Event"/> may be called later still.
    /// What peers have sent and nobody has received is dropped, and its memory given back. Messages that were received stay the application's.
    /// </remarks>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return new ValueTask(EndAsync(Options.Linger, isAsked: false, CancellationToken.None));
    }

    /// <summary>For <c>await using (socket.ConfigureAwait(false))</c>: how the end of <see cref="DisposeAsync"/> is awaited.</summary>
    /// <remarks>A loop over messages has its own: <c>socket.ReceiveAllAsync().ConfigureAwait(false)</c>.</remarks>
    /// <param name="continueOnCapturedContext">Whether what follows runs where it was awaited, if that is a place to come back to.</param>
    /// <returns>What <c>await using</c> takes; disposing it disposes the socket.</returns>
    public ConfiguredAsyncDisposable ConfigureAwait(bool continueOnCapturedContext)
    {
        // A socket that receives can be disposed and looped over, so two extension methods of this name fit it, and neither better.
        IAsyncDisposable disposable = this;
        return disposable.ConfigureAwait(continueOnCapturedContext);
    }

    /// <summary>As <see cref="DisposeAsync"/>, blocking.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        var closing = DisposeAsync();
        if (closing.IsCompletedSuccessfully) return;
        using (BlockedPoolThread.Enter()) closing.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>
    /// Closes the socket as <see cref="DisposeAsync"/> does, with a linger of its own, and tells whether all that was sent has left. May be called
    /// more than once, and disposing it afterwards does no harm: the first call closes the socket, and all wait until that is done and get the same
    /// answer.
    /// </summary>
    /// <param name="linger">
    /// In place of <see cref="SocketOptions.Linger"/>: zero to 24 days, or <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes. By the
    /// context's clock. Only the first call's counts. Endpoints that are being unbound or disconnected at that time get no more than that, either; where
    /// their peers are only left to read what has left, in the background, the linger and the token with which that began hold, and 30 s.
    /// </param>
    /// <param name="cancellationToken">
    /// Ends the linger: what has not left by then is dropped and counted, the socket is closed all the same, and nothing is thrown. Only the first
    /// call's counts.
    /// </param>
    /// <returns>
    /// How many messages had not left when the linger was over, and were dropped; one for several peers counts for each of them. What has left is
    /// with the operating system, or over inproc with the other socket, and may still be lost on the way. Of a socket that does not send: 0. What was
    /// lost before, with a connection, is not among them: <see cref="SendingSocket.UnsentCount"/>.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The linger is none of these; the socket is not closed.</exception>
    public ValueTask<long> CloseAsync(TimeSpan linger, CancellationToken cancellationToken = default)
    {
        if (!SocketOptionsRules.IsDuration(linger))
        {
            throw new ArgumentOutOfRangeException(nameof(linger), linger, "The linger is between zero and 24 days, or infinite.");
        }

        return new ValueTask<long>(EndAsync(linger, isAsked: true, cancellationToken));
    }

    internal TimeoutException NoneCame(TimeSpan timeout) =>
        Absence.NotInTime(this, $"No message came within {timeout.TotalSeconds:0.###} s.", advice: "");

    private protected long Unsent => Volatile.Read(ref _unsentCount);

    private protected long Dropped => Volatile.Read(ref _droppedCount);

    /// <param name="linger">How long what is queued has to leave.</param>
    /// <param name="isAsked">Whether the caller asks what is dropped; else the log says it.</param>
    /// <param name="hurry">Ends the linger.</param>
    private Task<long> EndAsync(TimeSpan linger, bool isAsked, CancellationToken hurry)
    {
        var closing = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource? closed;
        using (_sendGate.Hold())
        {
            if (_closing is not null) return _closing;
            Volatile.Write(ref _closing, closing.Task);
            closed = _closed;
        }

        closed?.TrySetResult();

        // On the caller's thread as far as nothing has to be waited for, which is all of it when no message is queued.
        _ = EndAsync(closing, linger, isAsked, hurry);
        return closing.Task;
    }

    /// <summary>Messages were dropped before they had left; or, below zero, some of those had.</summary>
    internal void OnUnsent(int messages)
    {
        if (messages != 0) Interlocked.Add(ref _unsentCount, messages);
    }

    /// <summary>Messages were dropped that nobody had taken.</summary>
    private protected void OnDropped(int messages)
    {
        if (messages != 0) Interlocked.Add(ref _droppedCount, messages);
    }

    /// <summary>Some queue has room again: senders that wait may try.</summary>
    internal void OnRoom()
    {
        Endpoints.OnRoom();

        // No more than wait now: a sender that finds no room is back in the queue at once.
        for (var left = _senders.Count; left > 0; left--)
        {
            Waiter<bool>? waiter;
            using (_sendGate.Hold()) waiter = _senders.Dequeue();
            waiter?.Complete(true);
        }
    }

    /// <summary>Registers a sender that found no room. It must try once more before it waits.</summary>
    internal Waiter<bool> EnqueueSender()
    {
        Waiter<bool> waiter;
        using (_sendGate.Hold())
        {
            ThrowIfClosed();
            waiter = _senders.Enqueue();
        }

        // A queue may be found full without its gate. A thread that makes room looks for waiters afterwards, in the other order: one sees
        // the other.
        Interlocked.MemoryBarrier();
        Receiver.StopKeeping();
        return waiter;
    }

    /// <summary>What follows a wait of our own transports is the engine. One of the application's may use ours, and what follows is its code.</summary>
    internal TransportOptions OptionsFor(ITransport transport) =>
        transport.IsOurs() ? _engineOptions : Options.Transport;

    internal void ThrowIfClosed()
    {
        if (IsClosing) throw Disposed();
    }

    private async Task EndAsync(TaskCompletionSource<long> closing, TimeSpan linger, bool isAsked, CancellationToken hurry)
    {
        try
        {
            long unsent;
            try
            {
                try
                {
                    Receiver.Close(Disposed);
                    Lobby.Close(Disposed());
                    FailSenders();
                    Endpoints.EndHalfOpen();
                }
                finally
                {
                    // Whatever was thrown: nobody else ends them any more.
                    unsent = await Endpoints.CloseAsync(linger, hurry).ConfigureAwait(false);
                }

                if (unsent > 0 && linger != TimeSpan.Zero && !isAsked) _report.WriteDropped(unsent);
            }
            finally
            {
                // Whatever was thrown: the closing caller gets it, and the context must not fail by it once more.
                _events.Complete();
                Context.Remove(this);
            }

            closing.SetResult(unsent);
        }
        catch (Exception e)
        {
            // Whatever it is: all callers that close the socket wait for this.
            closing.SetException(e);
        }
    }

    private void FailSenders()
    {
        while (true)
        {
            Waiter<bool>? waiter;
            using (_sendGate.Hold()) waiter = _senders.Dequeue();
            if (waiter is null) return;
            waiter.Fail(Disposed());
        }
    }

    private ObjectDisposedException Disposed() => new(GetType().Name, "The socket was disposed.");
}
