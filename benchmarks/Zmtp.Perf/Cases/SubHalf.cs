using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>
/// Several SUBs, each with a socket and a thread of its own: measures the deliveries to all of them, from the common start to the last end.
/// </summary>
internal sealed class SubHalf(Options options, Link link, ZmtpContext context)
    : CaseHalf(options with { HighWaterMark = options.HighWaterMark ?? 0 }, link, context)
{
    /// <summary>The publisher waits for all of us before it begins.</summary>
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(20);

    private readonly byte[] _sync = SyncMessage.For(options.Size);
    private readonly CommonStart _start = new(options, link);
    private readonly List<Subscriber> _subscribers = [];
    private int _missing;

    protected override bool IsMeasurer => true;

    protected override void Prepare()
    {
        _missing = Math.Max(1, Options.Subscribers);
        for (var i = _missing; i > 0; i--)
        {
            var socket = Open(static (context, options) => new SubSocket(context, options));
            socket.Subscribe("");
            Attach(socket);
            _subscribers.Add(new Subscriber(socket, new Meter(Options, Link.OtherProcess, knowsSender: !Link.IsByHand)));
        }
    }

    protected override void Measure(Outcome outcome)
    {
        var failures = new Exception?[_subscribers.Count];
        var threads = _subscribers.Select((subscriber, i) => new Thread(() =>
        {
            try
            {
                Receive(subscriber);
            }
            catch (Exception e)
            {
                failures[i] = e;
            }
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        if (Array.Find(failures, static failure => failure is not null) is { } failure) throw failure;
        _start.Report([.. _subscribers.Select(static subscriber => subscriber.Meter)], outcome);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        await Task.WhenAll(_subscribers.Select(subscriber => Task.Run(() => ReceiveAsync(subscriber))));
        _start.Report([.. _subscribers.Select(static subscriber => subscriber.Meter)], outcome);
    }

    private void Receive(Subscriber subscriber)
    {
        var (socket, meter) = subscriber;
        var message = socket.Receive(LongPatience);
        _start.NoteFirst();
        var isKnown = false;
        while (!Counts(message))
        {
            isKnown = TellOfSync(message, isKnown);
            message.Dispose();
            message = socket.Receive(LongPatience);
        }

        while (Add(meter, message)) message = socket.Receive(LongPatience);
    }

    private async Task ReceiveAsync(Subscriber subscriber)
    {
        var (socket, meter) = subscriber;
        using var watch = new StallWatch(LongPatience, Link.Stopping);
        var cancellation = watch.Token;
        try
        {
            var message = await socket.ReceiveAsync(cancellation);
            _start.NoteFirst();
            var isKnown = false;
            while (!Counts(message))
            {
                isKnown = TellOfSync(message, isKnown);
                watch.Note();
                message.Dispose();
                message = await socket.ReceiveAsync(cancellation);
            }

            while (Add(meter, message))
            {
                watch.Note();
                message = await socket.ReceiveAsync(cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            ThrowIfStalled(watch, "receive");
            throw;
        }
    }

    private bool Counts(Message message) =>
        Link.IsByHand || (message.Span.Length != _sync.Length && message.Span.Length != SyncMessage.WarmupLength(Options.Size));

    /// <summary>Tells the publisher when the last of us has its first sync message.</summary>
    /// <returns>Whether this SUB has had one.</returns>
    private bool TellOfSync(Message message, bool isKnown)
    {
        if (isKnown || message.Span.Length != _sync.Length) return isKnown;
        if (Interlocked.Decrement(ref _missing) == 0) Link.Tell(Notice.Subscribed);
        return true;
    }

    private bool Add(Meter meter, Message message)
    {
        using (message) return _start.Add(meter, message.Span);
    }

    private sealed record Subscriber(SubSocket Socket, Meter Meter);
}
