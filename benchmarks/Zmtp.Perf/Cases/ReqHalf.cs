using System.Diagnostics;
using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>REQ: measures the time from a request to its reply, one at a time.</summary>
internal sealed class ReqHalf(Options options, Link link, ZmtpContext context) : CaseHalf(options, link, context)
{
    private readonly byte[] _body = NumberedBody.New(options.Size);
    private readonly RoundTrips _trips = new(options, link.OtherProcess);
    private ReqSocket _socket = null!;
    private long _number;

    protected override bool IsMeasurer => true;

    protected override void Prepare()
    {
        _socket = Open(static (context, options) => new ReqSocket(context, options));
        Attach(_socket);
    }

    protected override void Measure(Outcome outcome)
    {
        long begin;
        do
        {
            begin = Stopwatch.GetTimestamp();
            NumberRequest();
            _socket.Send(_body);
            using var reply = _socket.Receive();
            CheckReply(reply);
        }
        while (_trips.Add(begin, Stopwatch.GetTimestamp()));
        Report(outcome);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        using var watch = new StallWatch(Patience, Link.Stopping);
        var cancellation = watch.Token;
        try
        {
            long begin;
            do
            {
                begin = Stopwatch.GetTimestamp();
                NumberRequest();
                await _socket.SendAsync(_body, cancellation);
                using var reply = await _socket.ReceiveAsync(cancellation);
                watch.Note();
                CheckReply(reply);
            }
            while (_trips.Add(begin, Stopwatch.GetTimestamp()));
        }
        catch (OperationCanceledException)
        {
            ThrowIfStalled(watch, "round trip");
            throw;
        }

        Report(outcome);
    }

    private void NumberRequest()
    {
        if (Options.Verify) NumberedBody.Fill(_body, ++_number);
    }

    private void CheckReply(Message reply)
    {
        var length = reply.Span.Length;
        if (length != _body.Length) throw new MeasurementException($"a reply of {length} octets came instead of {_body.Length}");
        if (Options.Verify) NumberedBody.Check(reply.Span, _number);
    }

    private void Report(Outcome outcome)
    {
        _trips.Report(outcome);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}
