using NetMQ.Sockets;
using Zmtp.Perf.Cases;
using Zmtp.Perf.Links;

namespace Zmtp.Perf.Peers;

/// <summary>Sends as fast as it can, until the other half has had enough or, by count, until all is sent.</summary>
internal abstract class StreamSenderHalf(Options options, Link link) : NetMqHalf(options, link)
{
    /// <summary>Short, to look up from time to time whether it is over.</summary>
    protected static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>How much longer than the measurement it sends when nobody tells it to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private const long LookMask = 1023;

    /// <summary>By hand and by count everything is to arrive.</summary>
    protected override TimeSpan Linger => Link.IsByHand && Options.Count > 0 ? TimeSpan.FromSeconds(10) : TimeSpan.Zero;

    /// <summary>Infinite for none.</summary>
    private TimeSpan Limit => Options.Count > 0
        ? Options.TimeLimit
        : TimeSpan.FromSeconds(Options.Seconds + Options.WarmupSeconds) + Grace;

    /// <summary>Opens its socket, and waits until it may send.</summary>
    protected abstract FrameSocket Prepare();

    /// <returns>Whether there was room in time.</returns>
    protected abstract bool TrySendNext(FrameSocket socket, byte[] body);

    protected override void Measure(Outcome outcome)
    {
        var socket = Prepare();
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
            var isSent = TrySendNext(socket, body);
            if (isSent) sent++;
            if ((!isSent || (sent & LookMask) == 0) && limit != Timeout.InfiniteTimeSpan && clock.Elapsed > limit) break;
        }

        clock.Report(outcome, sent);
    }
}

/// <summary>PUSH: a stream, by as many connections as it is told to, which take turns.</summary>
internal sealed class PushHalf(Options options, Link link) : StreamSenderHalf(options, link)
{
    protected override FrameSocket Prepare()
    {
        var socket = Open(new PushSocket());
        for (var i = 1; i < Options.Peers && !Options.Bind; i++) socket.Connect(Endpoint);
        return socket;
    }

    protected override bool TrySendNext(FrameSocket socket, byte[] body) => socket.TrySend(body, Look);
}

/// <summary>ROUTER: a stream to all DEALERs in turn, each of which says first which place it has. Nothing is dropped: it waits for room.</summary>
internal sealed class RouterStreamHalf(Options options, Link link) : StreamSenderHalf(options, link)
{
    private readonly byte[][] _routingIds = new byte[options.Peers][];
    private int _turn;

    protected override FrameSocket Prepare()
    {
        var router = new RouterSocket();
        router.Options.RouterMandatory = true;
        var socket = Open(router);
        for (var i = 0; i < _routingIds.Length; i++)
        {
            var routingId = socket.Receive(Patience).ToArray();
            _routingIds[Place.Read(socket.Receive(Patience), _routingIds.Length)] = routingId;
        }

        return socket;
    }

    protected override bool TrySendNext(FrameSocket socket, byte[] body)
    {
        if (!socket.TrySendTo(_routingIds[_turn], body, Look)) return false;
        if (++_turn == _routingIds.Length) _turn = 0;
        return true;
    }
}

/// <summary>PULL: measures how many messages arrive.</summary>
internal sealed class PullHalf(Options options, Link link) : NetMqHalf(options, link)
{
    protected override bool IsMeasurer => true;

    protected override void Measure(Outcome outcome)
    {
        var socket = Open(new PullSocket());
        var meter = new Meter(Options, Link.OtherProcess, knowsSender: !Link.IsByHand, isMixed: Options.Peers > 1);
        while (meter.Add(socket.Receive(Patience)))
        {
        }

        meter.Report(outcome);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}

/// <summary>
/// DEALERs that a ROUTER sends to in turn: measures how many messages arrive. One thread receives in the same turn, so that each message is the
/// one after the last one.
/// </summary>
internal sealed class StreamHalf(Options options, Link link) : NetMqHalf(options, link)
{
    protected override bool IsMeasurer => true;

    protected override void Measure(Outcome outcome)
    {
        var dealers = new FrameSocket[Options.Peers];
        for (var i = 0; i < dealers.Length; i++)
        {
            dealers[i] = Open(new DealerSocket());
            dealers[i].Send(Place.Write(i), Patience);
        }

        var meter = new Meter(Options, Link.OtherProcess, knowsSender: !Link.IsByHand);
        var turn = 0;
        while (meter.Add(dealers[turn].Receive(Patience)))
        {
            if (++turn == dealers.Length) turn = 0;
        }

        meter.Report(outcome);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}
