using System.Diagnostics;
using NetMQ.Sockets;
using Zmtp.Perf.Links;

namespace Zmtp.Perf.Peers;

/// <summary>PUB: sends when all subscriptions are there, so that every SUB gets everything.</summary>
internal sealed class PubHalf(Options options, Link link)
    : NetMqHalf(options with { HighWaterMark = options.HighWaterMark ?? 0 }, link)
{
    /// <summary>Without a number of subscriptions to wait for, time has to do.</summary>
    private static readonly TimeSpan SubscriptionTime = TimeSpan.FromMilliseconds(500);

    protected override TimeSpan Linger => Link.IsByHand ? TimeSpan.FromSeconds(20) : TimeSpan.Zero;

    protected override void Measure(Outcome outcome)
    {
        // XPUB is a PUB that can see subscriptions; verbose, because those after the first are the same.
        var publisher = new XPublisherSocket();
        publisher.Options.XPubVerbose = true;
        var socket = Open(publisher);
        for (var missing = Options.Subscribers; missing > 0; missing--) socket.Receive(Patience);
        if (Options.Subscribers == 0) Thread.Sleep(SubscriptionTime);
        var clock = new SenderClock();
        var body = new byte[Options.Size];
        var verifies = Options.Verify && SequenceNumber.Fits(Options.Size);
        var total = Options.Warmup + Options.Count;
        var sent = 0L;
        clock.Start();
        for (; sent < total && !Link.IsStopping; sent++)
        {
            if (verifies) SequenceNumber.Write(body, sent);
            socket.Send(body, Patience);
        }

        clock.Report(outcome, sent);
    }
}

/// <summary>
/// Several SUBs, each with a socket and a thread of its own: measures the deliveries to all of them, from the first start to the last
/// end.
/// </summary>
internal sealed class SubHalf(Options options, Link link)
    : NetMqHalf(options with { HighWaterMark = options.HighWaterMark ?? 0 }, link)
{
    /// <summary>The publisher waits for all of us before it begins.</summary>
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(20);

    protected override bool IsMeasurer => true;

    protected override void Measure(Outcome outcome)
    {
        var subscribers = new List<(FrameSocket Socket, Meter Meter)>();
        for (var i = Math.Max(1, Options.Subscribers); i > 0; i--)
        {
            var socket = new SubscriberSocket();
            socket.SubscribeToAnyTopic();
            subscribers.Add((Open(socket), new Meter(Options, Link.OtherProcess)));
        }

        var failures = new Exception?[subscribers.Count];
        var threads = subscribers.Select((subscriber, i) => new Thread(() => failures[i] = Receive(subscriber.Socket, subscriber.Meter)))
            .ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        if (Array.Find(failures, static failure => failure is not null) is { } failure) throw failure;
        Report([.. subscribers.Select(static subscriber => subscriber.Meter)], outcome);
    }

    private static Exception? Receive(FrameSocket socket, Meter meter)
    {
        try
        {
            while (meter.Add(socket.Receive(LongPatience)))
            {
            }

            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private void Report(IReadOnlyList<Meter> meters, Outcome outcome)
    {
        var first = meters.MinBy(static meter => meter.Begin)!;
        var last = meters.MaxBy(static meter => meter.End)!;
        outcome.Count = meters.Sum(static meter => meter.Count);
        outcome.Seconds = Stopwatch.GetElapsedTime(first.Begin, last.End).TotalSeconds;
        outcome.CpuSeconds = Resources.CpuSeconds(Link.OtherProcess) - first.CpuAtBegin;
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}
