using NetMQ.Sockets;
using Zmtp.Perf.Links;

namespace Zmtp.Perf.Peers;

/// <summary>PUSH: sends as fast as it can, until the other half has had enough or, by count, until all is sent.</summary>
internal sealed class PushHalf(Options options, Link link) : NetMqHalf(options, link)
{
    /// <summary>Short, to look up from time to time whether it is over.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>How much longer than the measurement it sends when nobody tells it to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private const long LookMask = 1023;

    /// <summary>By hand and by count everything is to arrive.</summary>
    protected override TimeSpan Linger => Link.IsByHand && Options.Count > 0 ? TimeSpan.FromSeconds(10) : TimeSpan.Zero;

    /// <summary>Infinite for none.</summary>
    private TimeSpan Limit => Options.Count > 0
        ? Options.TimeLimit
        : TimeSpan.FromSeconds(Options.Seconds + Options.WarmupSeconds) + Grace;

    protected override void Measure(Outcome outcome)
    {
        var socket = Open(new PushSocket());
        var clock = new SenderClock();
        var body = NumberedBody.New(Options.Size);
        var verifies = Options.Verify;
        var total = Options.Count > 0 ? Options.Warmup + Options.Count : long.MaxValue;
        var limit = Limit;
        var sent = 0L;
        clock.Start();
        while (sent < total && !Link.IsStopping)
        {
            if (verifies) NumberedBody.Fill(body, sent);
            var isSent = socket.TrySend(body, Look);
            if (isSent) sent++;
            if ((!isSent || (sent & LookMask) == 0) && limit != Timeout.InfiniteTimeSpan && clock.Elapsed > limit) break;
        }

        clock.Report(outcome, sent);
    }
}

/// <summary>PULL: measures how many messages arrive.</summary>
internal sealed class PullHalf(Options options, Link link) : NetMqHalf(options, link)
{
    protected override bool IsMeasurer => true;

    protected override void Measure(Outcome outcome)
    {
        var socket = Open(new PullSocket());
        var meter = new Meter(Options, Link.OtherProcess, knowsSender: !Link.IsByHand);
        while (meter.Add(socket.Receive(Patience)))
        {
        }

        meter.Report(outcome);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}
