using System.Diagnostics;
using System.Globalization;
using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>
/// Many clients that come at once and stay: measures the time until each of them has its echo, and what a connection that is at rest
/// costs in memory.
/// </summary>
internal sealed class ConnectionsHalf(Options options, Link link, ZmtpContext context) : DealerHalf(options, link, context)
{
    /// <summary>A server that is somebody else's may settle as well; it cannot tell us.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(300);

    private readonly DealerSocket[] _clients = new DealerSocket[options.Clients];
    private long _begin;
    private double _cpu;
    private long _residentKb;
    private long _heap;

    /// <summary>The first connections, which do not count.</summary>
    protected override void Prepare()
    {
        base.Prepare();
        Socket.Send(Body);
        ReceiveEcho(Socket);
        for (var i = 1; i < EchoHalf.WarmClients; i++) ReceiveEcho(OpenClient());
        Resources.Settle();
        if (Link.IsByHand) Thread.Sleep(SettleTime);
        else if (!Link.IsShared && Link.Wait(Notice.Settled, Patience) is null) throw new MeasurementException("the server did not settle");
        _residentKb = Resources.OwnResidentKb();
        _heap = GC.GetTotalMemory(forceFullCollection: true);
    }

    protected override void Measure(Outcome outcome)
    {
        Begin();
        for (var i = 0; i < _clients.Length; i++) _clients[i] = OpenClient();
        foreach (var client in _clients) ReceiveEcho(client);
        Report(outcome);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        using var watch = new StallWatch(EchoLimit, Link.Stopping);
        var cancellation = watch.Token;
        Begin();
        try
        {
            for (var i = 0; i < _clients.Length; i++) _clients[i] = await OpenClientAsync(cancellation);
            foreach (var client in _clients) await ReceiveEchoAsync(client, cancellation);
        }
        catch (OperationCanceledException)
        {
            ThrowIfStalled(watch, "connections");
            throw;
        }

        Report(outcome);
    }

    private void Begin()
    {
        _cpu = Resources.CpuSeconds(Link.OtherProcess);
        _begin = Stopwatch.GetTimestamp();
    }

    private void Report(Outcome outcome)
    {
        outcome.Seconds = Stopwatch.GetElapsedTime(_begin).TotalSeconds;
        outcome.CpuSeconds = Resources.CpuSeconds(Link.OtherProcess) - _cpu;
        outcome.Count = _clients.Length;
        Resources.Settle();
        outcome.ClientKbPerConnection = (Resources.OwnResidentKb() - _residentKb) / (double)_clients.Length;
        outcome.HeapKbPerConnection = (GC.GetTotalMemory(forceFullCollection: true) - _heap) / 1024.0 / _clients.Length;
        if (Link.IsByHand) Thread.Sleep(SettleTime);
        else if (!Link.IsShared) outcome.ServerKbPerConnection = ServerKb();
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }

    private double ServerKb()
    {
        var text = Link.Wait(Notice.ServerKb, Patience) ?? throw new MeasurementException("the server did not tell its memory");
        return double.Parse(text, CultureInfo.InvariantCulture);
    }
}
