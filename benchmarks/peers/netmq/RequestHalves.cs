using System.Diagnostics;
using System.Globalization;
using NetMQ;
using NetMQ.Sockets;
using Zmtp.Perf.Links;

namespace Zmtp.Perf.Peers;

/// <summary>REQ: measures the time from a request to its reply, one at a time.</summary>
internal sealed class ReqHalf(Options options, Link link) : NetMqHalf(options, link)
{
    protected override bool IsMeasurer => true;

    protected override void Measure(Outcome outcome)
    {
        var socket = Open(new RequestSocket());
        var body = NumberedBody.New(Options.Size);
        var trips = new RoundTrips(Options, Link.OtherProcess);
        var number = 0L;
        long begin;
        do
        {
            begin = Stopwatch.GetTimestamp();
            if (Options.Verify) NumberedBody.Fill(body, ++number);
            socket.Send(body, Patience);
            var reply = socket.Receive(Patience);
            if (reply.Length != body.Length)
            {
                throw new MeasurementException($"a reply of {reply.Length} octets came instead of {body.Length}");
            }

            if (Options.Verify) NumberedBody.Check(reply, number);
        }
        while (trips.Add(begin, Stopwatch.GetTimestamp()));
        trips.Report(outcome);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}

/// <summary>
/// REP or ROUTER: sends every message back as it came, until the other half has had enough or, started by hand, until nothing has come
/// for a while or everything has. In the case "connections" it also measures how its memory grows.
/// </summary>
internal sealed class EchoHalf(Options options, Link link, Func<NetMQSocket> create) : NetMqHalf(options, link)
{
    /// <summary>Connections before those that count: they bring in what is needed once.</summary>
    public const int WarmClients = 10;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private long _settledKb;

    protected override TimeSpan Linger => Link.IsByHand ? TimeSpan.FromSeconds(1) : TimeSpan.Zero;

    protected override void Measure(Outcome outcome)
    {
        var socket = Open(create());
        var clock = new SenderClock();
        var total = Link.IsByHand && Options.Count > 0 ? Options.Warmup + Options.Count : long.MaxValue;
        var lastCome = 0L;
        var busy = TimeSpan.Zero;
        var echoes = 0L;
        while (!Link.IsStopping && echoes < total)
        {
            if (!socket.TryReceive(Look))
            {
                if (Link.IsByHand && echoes > 0 && Stopwatch.GetElapsedTime(lastCome).TotalSeconds > Options.Idle) break;
                continue;
            }

            socket.SendBack(Patience);
            if (echoes++ == 0) clock.Start();
            if (Options.Clients > 0 && !Link.IsShared) MeasureMemory(echoes, outcome);
            if (!Link.IsByHand) continue;
            lastCome = Stopwatch.GetTimestamp();
            busy = clock.Elapsed;
        }

        clock.Report(outcome, echoes, busy);
    }

    private void MeasureMemory(long echoes, Outcome outcome)
    {
        if (echoes == WarmClients)
        {
            Resources.Settle();
            _settledKb = Resources.OwnResidentKb();
            Link.Tell(Notice.Settled);
        }
        else if (echoes == WarmClients + Options.Clients)
        {
            Resources.Settle();
            outcome.ServerKbPerConnection = (Resources.OwnResidentKb() - _settledKb) / (double)Options.Clients;
            Link.Tell(Notice.ServerKb, outcome.ServerKbPerConnection.ToString("R", CultureInfo.InvariantCulture));
        }
    }
}
