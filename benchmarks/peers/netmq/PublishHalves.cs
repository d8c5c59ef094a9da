using System.Diagnostics;
using NetMQ.Sockets;
using Zmtp.Perf.Cases;
using Zmtp.Perf.Links;

namespace Zmtp.Perf.Peers;

/// <summary>
/// PUB: sends when all subscriptions are there, so that every SUB gets everything. Between the warm-up and what counts it waits until all of
/// them have all of the former.
/// </summary>
internal sealed class PubHalf(Options options, Link link)
    : NetMqHalf(options with { HighWaterMark = options.HighWaterMark ?? 0 }, link)
{
    /// <summary>Without a number of subscriptions to wait for, time has to do.</summary>
    private static readonly TimeSpan SubscriptionTime = TimeSpan.FromMilliseconds(500);

    /// <summary>As long, as much and as often as ours: what is compared has warmed up alike.</summary>
    private static readonly TimeSpan WarmupPause = TimeSpan.FromMilliseconds(1);

    private const int WarmupOctets = 64 * 1024;

    private const int WarmupMessages = 250;

    /// <summary>How far SUBs may be behind at the end of the warm-up.</summary>
    private static readonly TimeSpan WarmPatience = TimeSpan.FromSeconds(30);

    protected override TimeSpan Linger => Link.IsByHand ? TimeSpan.FromSeconds(20) : TimeSpan.Zero;

    protected override void Measure(Outcome outcome)
    {
        // XPUB is a PUB that can see subscriptions; verbose, because those after the first are the same.
        var publisher = new XPublisherSocket();
        publisher.Options.XPubVerbose = true;
        var socket = Open(publisher);
        for (var missing = Options.Subscribers; missing > 0; missing--) socket.Receive(Patience);
        if (Options.Subscribers == 0) Thread.Sleep(SubscriptionTime);
        if (!Link.IsByHand && !Options.IsCold) WarmUp(socket, CompilerTime.Of(Options.Name));
        var body = NumberedBody.New(Options.Size);
        var clock = new SenderClock();
        clock.Start();
        var sent = SendUpTo(Options.Warmup, socket, body, 0);
        if (!Link.IsByHand && Link.Wait(Notice.Warm, WarmPatience) is null) throw new MeasurementException("warm-up: timed out");
        sent = SendUpTo(Options.Warmup + Options.Count, socket, body, sent);
        clock.Report(outcome, sent);
    }

    /// <summary>
    /// Has the code of both halves compiled as it will be used, by messages that do not count. The subscriptions are known to be there, so
    /// nothing has to follow but the warm-up that was asked for.
    /// </summary>
    private void WarmUp(FrameSocket socket, TimeSpan time)
    {
        var body = SyncMessage.WarmupFor(Options.Size);
        var burst = Math.Clamp(WarmupOctets / body.Length, 1, WarmupMessages);
        var pause = WarmupPause * Math.Max(1, body.Length / WarmupOctets);
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < time && !Link.IsStopping)
        {
            for (var i = 0; i < burst; i++) socket.Send(body, Patience);
            Thread.Sleep(pause);
        }
    }

    /// <param name="total">How many messages are to have been sent then, counted from the very first.</param>
    /// <param name="socket">Where they go.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="sent">How many have been sent.</param>
    /// <returns>How many have been then.</returns>
    private long SendUpTo(long total, FrameSocket socket, byte[] body, long sent)
    {
        var verifies = Options.Verify;
        for (; sent < total && !Link.IsStopping; sent++)
        {
            if (verifies) NumberedBody.Fill(body, sent);
            socket.Send(body, Patience);
        }

        return sent;
    }
}

/// <summary>
/// Several SUBs, each with a socket and a thread of its own: measures the deliveries to all of them, from the common start to the last end.
/// </summary>
internal sealed class SubHalf(Options options, Link link)
    : NetMqHalf(options with { HighWaterMark = options.HighWaterMark ?? 0 }, link)
{
    /// <summary>The publisher waits for all of us before it begins.</summary>
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(20);

    private readonly CommonStart _start = new(options, link);

    protected override bool IsMeasurer => true;

    protected override void Measure(Outcome outcome)
    {
        var subscribers = new List<(FrameSocket Socket, Meter Meter)>();
        for (var i = Math.Max(1, Options.Subscribers); i > 0; i--)
        {
            var socket = new SubscriberSocket();
            socket.SubscribeToAnyTopic();
            subscribers.Add((Open(socket), new Meter(Options, Link.OtherProcess, knowsSender: !Link.IsByHand)));
        }

        var failures = new Exception?[subscribers.Count];
        var threads = subscribers.Select((subscriber, i) => new Thread(() => failures[i] = Receive(subscriber.Socket, subscriber.Meter)))
            .ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        if (Array.Find(failures, static failure => failure is not null) is { } failure) throw failure;
        _start.Report([.. subscribers.Select(static subscriber => subscriber.Meter)], outcome);
    }

    private Exception? Receive(FrameSocket socket, Meter meter)
    {
        try
        {
            var body = socket.Receive(LongPatience);
            _start.NoteFirst();
            while (!Counts(body)) body = socket.Receive(LongPatience);
            while (_start.Add(meter, body)) body = socket.Receive(LongPatience);

            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private bool Counts(ReadOnlySpan<byte> body) => Link.IsByHand || body.Length != SyncMessage.WarmupLength(Options.Size);
}
