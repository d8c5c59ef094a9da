using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>PULL: measures how many messages arrive.</summary>
internal sealed class PullHalf(Options options, Link link, ZmtpContext context) : CaseHalf(options, link, context)
{
    private readonly Meter _meter = new(options, link.OtherProcess, knowsSender: !link.IsByHand, isMixed: options.Peers > 1);
    private PullSocket _socket = null!;

    protected override bool IsMeasurer => true;

    protected override void Prepare()
    {
        _socket = Open(static (context, options) => new PullSocket(context, options));
        Attach(_socket);
    }

    protected override void Measure(Outcome outcome)
    {
        while (true)
        {
            using var message = _socket.Receive();
            if (!_meter.Add(message.Span)) break;
        }

        Report(outcome);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        using var watch = new StallWatch(Patience, Link.Stopping);
        var cancellation = watch.Token;
        try
        {
            while (true)
            {
                using var message = await _socket.ReceiveAsync(cancellation);
                watch.Note();
                if (!_meter.Add(message.Span)) break;
            }
        }
        catch (OperationCanceledException)
        {
            ThrowIfStalled(watch, "receive");
            throw;
        }

        Report(outcome);
    }

    private void Report(Outcome outcome)
    {
        _meter.Report(outcome);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}
