using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>Sends as fast as it can, until the other half has had enough or, by count, until all is sent.</summary>
internal abstract class StreamSenderHalf(Options options, Link link, ZmtpContext context) : CaseHalf(options, link, context)
{
    private const long LookMask = 1023;

    /// <summary>How much longer than the measurement it sends when nobody tells it to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly SenderClock _clock = new();

    /// <summary>By hand and by count everything is to arrive.</summary>
    protected override TimeSpan Linger => Link.IsByHand && Options.Count > 0 ? TimeSpan.FromSeconds(10) : TimeSpan.Zero;

    /// <summary>Short, to look up from time to time whether it is over.</summary>
    protected override TimeSpan SendTimeout => TimeSpan.FromMilliseconds(200);

    private long Total => Options.Count > 0 ? Options.Warmup + Options.Count : long.MaxValue;

    /// <summary>Infinite for none.</summary>
    private TimeSpan Limit => Options.Count > 0
        ? Options.TimeLimit
        : TimeSpan.FromSeconds(Options.Seconds + Options.WarmupSeconds) + Grace;

    /// <summary>Sends one message, which it copies.</summary>
    /// <exception cref="TimeoutException">There was no room; it was not sent.</exception>
    protected abstract void SendNext(byte[] body);

    /// <inheritdoc cref="SendNext"/>
    protected abstract ValueTask SendNextAsync(byte[] body, CancellationToken cancellation);

    protected override void Measure(Outcome outcome)
    {
        var body = NewBody();
        var verifies = Options.Verify;
        var total = Total;
        var limit = Limit;
        var sent = 0L;
        _clock.Start();
        while (sent < total && !Link.IsStopping)
        {
            if (verifies) NumberedBody.Fill(body, sent);
            try
            {
                SendNext(body);
            }
            catch (TimeoutException)
            {
                if (IsOver(limit)) break;
                continue;
            }

            sent++;
            if ((sent & LookMask) == 0 && IsOver(limit)) break;
        }

        _clock.Report(outcome, sent);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        var body = NewBody();
        var verifies = Options.Verify;
        var total = Total;
        var sent = 0L;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Link.Stopping);
        ending.CancelAfter(Limit);
        var cancellation = ending.Token;
        _clock.Start();
        try
        {
            while (sent < total)
            {
                if (verifies) NumberedBody.Fill(body, sent);
                await SendNextAsync(body, cancellation);
                sent++;
            }
        }
        catch (OperationCanceledException)
        {
            // The end, in seconds mode.
        }

        _clock.Report(outcome, sent);
    }

    private bool IsOver(TimeSpan limit) => limit != Timeout.InfiniteTimeSpan && _clock.Elapsed > limit;
}
