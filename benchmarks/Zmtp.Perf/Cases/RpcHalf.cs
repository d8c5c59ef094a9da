using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>DEALER that always has the same number of messages under way: measures how many come back.</summary>
internal sealed class RpcHalf(Options options, Link link, ZmtpContext context) : DealerHalf(options, link, context)
{
    private readonly Meter _meter = new(options, link.OtherProcess, knowsSender: true);
    private long _sent;

    protected override void Measure(Outcome outcome)
    {
        for (var i = 0; i < Options.Window; i++) Socket.Send(NextBody());
        while (true)
        {
            using (var echo = Socket.Receive())
            {
                if (!_meter.Add(echo.Span)) break;
            }

            Socket.Send(NextBody());
        }

        Report(outcome);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        using var watch = new StallWatch(Patience, Link.Stopping);
        var cancellation = watch.Token;
        try
        {
            for (var i = 0; i < Options.Window; i++) await Socket.SendAsync(NextBody(), cancellation);
            while (true)
            {
                using (var echo = await Socket.ReceiveAsync(cancellation))
                {
                    if (!_meter.Add(echo.Span)) break;
                }

                watch.Note();
                await Socket.SendAsync(NextBody(), cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            ThrowIfStalled(watch, "round trip");
            throw;
        }

        Report(outcome);
    }

    private byte[] NextBody()
    {
        if (Options.Verify) NumberedBody.Fill(Body, _sent++);
        return Body;
    }

    private void Report(Outcome outcome)
    {
        _meter.Report(outcome);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}
