using System.Diagnostics;
using System.Globalization;
using NetMQ.Sockets;
using Zmtp.Perf.Links;

namespace Zmtp.Perf.Peers;

/// <summary>What the dealers have in common: one connection that is always there, and clients that come with a message.</summary>
internal abstract class DealerHalf(Options options, Link link) : NetMqHalf(options, link)
{
    /// <summary>How long the last of many clients may have to wait.</summary>
    private static readonly TimeSpan EchoLimit = Patience * 2;

    protected override bool IsMeasurer => true;

    /// <summary>What a client sends: message 0.</summary>
    protected byte[] Body { get; } = NumberedBody.New(options.Size);

    /// <summary>A connection that proves that the other half is there.</summary>
    protected void OpenFirst()
    {
        var socket = Open(new DealerSocket());
        socket.Send(Body, Patience);
        ReceiveEcho(socket);
    }

    /// <summary>A client comes: a socket, a connection, a message. The caller closes it.</summary>
    protected FrameSocket OpenClient()
    {
        var client = Wrap(new DealerSocket());
        client.Connect(Endpoint);
        client.Send(Body, EchoLimit);
        return client;
    }

    protected void ReceiveEcho(FrameSocket client)
    {
        var echo = client.Receive(EchoLimit);
        if (echo.Length != Body.Length) throw new MeasurementException($"an echo of {echo.Length} octets came instead of {Body.Length}");
        if (Options.Verify) NumberedBody.Check(echo, 0);
    }
}

/// <summary>DEALER that always has the same number of messages under way: measures how many come back.</summary>
internal sealed class RpcHalf(Options options, Link link) : DealerHalf(options, link)
{
    private long _sent;

    protected override void Measure(Outcome outcome)
    {
        var socket = Open(new DealerSocket());
        var meter = new Meter(Options, Link.OtherProcess, knowsSender: true);
        for (var i = 0; i < Options.Window; i++) SendNext(socket);
        while (meter.Add(socket.Receive(Patience))) SendNext(socket);
        meter.Report(outcome);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }

    private void SendNext(FrameSocket socket)
    {
        if (Options.Verify) NumberedBody.Fill(Body, _sent++);
        socket.Send(Body, Patience);
    }
}

/// <summary>Clients that come, send one message, take its echo and go: measures how many of them there are in a second.</summary>
internal sealed class HandshakeHalf(Options options, Link link) : DealerHalf(options, link)
{
    protected override void Measure(Outcome outcome)
    {
        OpenFirst();
        var trips = new RoundTrips(Options, Link.OtherProcess);
        var clients = new FrameSocket[Options.Parallel];
        long begin;
        do
        {
            begin = Stopwatch.GetTimestamp();
            for (var i = 0; i < clients.Length; i++) clients[i] = OpenClient();
            foreach (var client in clients) ReceiveEcho(client);
            foreach (var client in clients) Close(client);
        }
        while (trips.Add(begin, Stopwatch.GetTimestamp(), clients.Length));
        trips.Report(outcome, single: clients.Length == 1);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}

/// <summary>
/// Many clients that come at once and stay: measures the time until each of them has its echo, and what a connection that is at rest
/// costs in memory.
/// </summary>
internal sealed class ConnectionsHalf(Options options, Link link) : DealerHalf(options, link)
{
    /// <summary>A server that is somebody else's may settle as well; it cannot tell us.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(300);

    protected override void Measure(Outcome outcome)
    {
        OpenFirst();
        var clients = new List<FrameSocket>();
        for (var i = 1; i < EchoHalf.WarmClients; i++)
        {
            clients.Add(OpenClient());
            ReceiveEcho(clients[^1]);
        }

        Resources.Settle();
        WaitForServer(Notice.Settled);
        var residentKb = Resources.OwnResidentKb();
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        var cpu = Resources.CpuSeconds(Link.OtherProcess);
        var begin = Stopwatch.GetTimestamp();
        var first = clients.Count;
        for (var i = 0; i < Options.Clients; i++) clients.Add(OpenClient());
        foreach (var client in clients.Skip(first)) ReceiveEcho(client);
        outcome.Seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        outcome.CpuSeconds = Resources.CpuSeconds(Link.OtherProcess) - cpu;
        outcome.Count = Options.Clients;
        Resources.Settle();
        outcome.ClientKbPerConnection = (Resources.OwnResidentKb() - residentKb) / (double)Options.Clients;
        outcome.HeapKbPerConnection = (GC.GetTotalMemory(forceFullCollection: true) - heap) / 1024.0 / Options.Clients;
        if (WaitForServer(Notice.ServerKb) is { } kb) outcome.ServerKbPerConnection = double.Parse(kb, CultureInfo.InvariantCulture);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
        clients.ForEach(static client => client.Dispose());
    }

    /// <returns>What it told; null when it cannot tell us anything.</returns>
    private string? WaitForServer(Notice notice)
    {
        if (Link.IsByHand) Thread.Sleep(SettleTime);
        if (Link.IsByHand || Link.IsShared) return null;
        return Link.Wait(notice, Patience * 2) ?? throw new MeasurementException($"the server did not say {notice}");
    }
}
