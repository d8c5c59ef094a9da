using System.Diagnostics;
using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>PUB: sends when all subscriptions are there, so that every SUB gets everything.</summary>
internal sealed class PubHalf(Options options, Link link, ZmtpContext context)
    : CaseHalf(options with { HighWaterMark = options.HighWaterMark ?? 0 }, link, context)
{
    private static readonly TimeSpan SyncInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>What is sent to warm up in each <see cref="SyncInterval"/>: little enough for every SUB to keep up.</summary>
    private const int WarmupOctets = 64 * 1024;

    private const int WarmupMessages = 250;

    /// <summary>A peer's subscription comes right behind its handshake; that is all we know of the SUBs of others.</summary>
    private static readonly TimeSpan SubscriptionTime = TimeSpan.FromMilliseconds(500);

    private readonly SenderClock _clock = new();
    private PubSocket _socket = null!;

    protected override TimeSpan Linger => Link.IsByHand ? TimeSpan.FromSeconds(20) : TimeSpan.Zero;

    private bool Verifies => Options.Verify && SequenceNumber.Fits(Options.Size);

    protected override void Prepare()
    {
        _socket = Open(static (context, options) => new PubSocket(context, options));
        Attach(_socket);
        if (Link.IsByHand) WaitForSubscriptions();
        else WarmUpAndSynchronize();
    }

    protected override void Measure(Outcome outcome)
    {
        var body = NewBody();
        var verifies = Verifies;
        var total = Options.Warmup + Options.Count;
        var sent = 0L;
        _clock.Start();
        for (; sent < total && !Link.IsStopping; sent++)
        {
            if (verifies) SequenceNumber.Write(body, sent);
            _socket.Send(body);
        }

        _clock.Report(outcome, sent);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        var body = NewBody();
        var verifies = Verifies;
        var total = Options.Warmup + Options.Count;
        var sent = 0L;
        _clock.Start();
        for (; sent < total && !Link.IsStopping; sent++)
        {
            if (verifies) SequenceNumber.Write(body, sent);
            await _socket.SendAsync(body);
        }

        _clock.Report(outcome, sent);
    }

    /// <summary>
    /// Has the code of both halves compiled as it will be used, by messages that do not count: a count says nothing of time, and at 16 octets a
    /// warm-up of half of it is over in a tenth of a second. As the sync message comes last, none of them is on the way when the
    /// measured ones begin.
    /// </summary>
    private void WarmUpAndSynchronize()
    {
        if (!Options.IsCold)
        {
            WaitForPeers();
            WarmUp(CompilerTime.Of(Options.Name));
        }

        WaitForSubscribers();
    }

    private void WarmUp(TimeSpan time)
    {
        var body = SyncMessage.WarmupFor(Options.Size);
        var burst = Math.Clamp(WarmupOctets / body.Length, 1, WarmupMessages);
        var pause = SyncInterval * Math.Max(1, body.Length / WarmupOctets);
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < time && !Link.IsStopping)
        {
            for (var i = 0; i < burst; i++) Publish(body);
            Thread.Sleep(pause);
        }
    }

    /// <summary>PUB waits for nobody: there is nothing to await, but the code to warm up.</summary>
    private void Publish(byte[] body)
    {
        if (Options.Api == Api.Async) _socket.SendAsync(body).AsTask().GetAwaiter().GetResult();
        else _socket.Send(body);
    }

    /// <summary>PUB does not say who has subscribed to what: a message that arrives does.</summary>
    private void WaitForSubscribers()
    {
        var sync = SyncMessage.For(Options.Size);
        var begin = Stopwatch.GetTimestamp();
        while (Link.Wait(Notice.Subscribed, SyncInterval) is null)
        {
            if (Stopwatch.GetElapsedTime(begin) > Patience) throw new MeasurementException("waiting for subscriptions: timed out");
            _socket.Send(sync);
        }
    }

    private void WaitForSubscriptions()
    {
        WaitForPeers();
        Thread.Sleep(SubscriptionTime);
    }

    private void WaitForPeers()
    {
        var begin = Stopwatch.GetTimestamp();
        while (_socket.PeerCount < Options.Subscribers)
        {
            if (Stopwatch.GetElapsedTime(begin) > Patience) throw new MeasurementException("waiting for subscribers: timed out");
            Thread.Sleep(SyncInterval);
        }
    }
}
