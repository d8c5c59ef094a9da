using System.Diagnostics;
using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>PUB: sends when all subscriptions are there, so that every SUB gets everything.</summary>
internal sealed class PubHalf(Options options, Link link, ZmtpContext context)
    : CaseHalf(options with { HighWaterMark = options.HighWaterMark ?? 0 }, link, context)
{
    private static readonly TimeSpan SyncInterval = TimeSpan.FromMilliseconds(1);

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
        if (Link.IsByHand) WaitForPeers();
        else WaitForSubscribers();
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

    private void WaitForPeers()
    {
        var begin = Stopwatch.GetTimestamp();
        while (_socket.PeerCount < Options.Subscribers)
        {
            if (Stopwatch.GetElapsedTime(begin) > Patience) throw new MeasurementException("waiting for subscribers: timed out");
            Thread.Sleep(SyncInterval);
        }

        Thread.Sleep(SubscriptionTime);
    }
}
