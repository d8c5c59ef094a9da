using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>
/// DEALERs that a ROUTER sends to in turn: measures how many messages arrive. One thread receives in the same turn, so that each message is the
/// one after the last one.
/// </summary>
internal sealed class StreamHalf(Options options, Link link, ZmtpContext context) : CaseHalf(options, link, context)
{
    private readonly Meter _meter = new(options, link.OtherProcess, knowsSender: !link.IsByHand);
    private readonly DealerSocket[] _dealers = new DealerSocket[options.Peers];

    protected override bool IsMeasurer => true;

    protected override void Prepare()
    {
        for (var i = 0; i < _dealers.Length; i++)
        {
            _dealers[i] = Open(static (context, options) => new DealerSocket(context, options));
            Attach(_dealers[i]);
            _dealers[i].Send(Place.Write(i));
        }
    }

    protected override void Measure(Outcome outcome)
    {
        for (var turn = 0; ; turn = After(turn))
        {
            using var message = _dealers[turn].Receive();
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
            for (var turn = 0; ; turn = After(turn))
            {
                using var message = await _dealers[turn].ReceiveAsync(cancellation);
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

    private int After(int turn) => turn + 1 < _dealers.Length ? turn + 1 : 0;

    private void Report(Outcome outcome)
    {
        _meter.Report(outcome);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}
