using System.Diagnostics;
using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>Clients that come, send one message, take its echo and go: measures how many of them there are in a second.</summary>
internal sealed class HandshakeHalf(Options options, Link link, ZmtpContext context) : DealerHalf(options, link, context)
{
    private readonly RoundTrips _trips = new(options, link.OtherProcess);
    private readonly DealerSocket[] _clients = new DealerSocket[options.Parallel];

    protected override void Prepare()
    {
        base.Prepare();

        // Proves that the other half is there.
        Socket.Send(Body);
        ReceiveEcho(Socket);
    }

    protected override void Measure(Outcome outcome)
    {
        long begin;
        do
        {
            begin = Stopwatch.GetTimestamp();
            for (var i = 0; i < _clients.Length; i++) _clients[i] = OpenClient();
            foreach (var client in _clients) ReceiveEcho(client);
            foreach (var client in _clients)
            {
                client.Dispose();
                Forget(client);
            }
        }
        while (_trips.Add(begin, Stopwatch.GetTimestamp(), _clients.Length));
        Report(outcome);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        using var watch = new StallWatch(EchoLimit, Link.Stopping);
        var cancellation = watch.Token;
        try
        {
            long begin;
            do
            {
                begin = Stopwatch.GetTimestamp();
                for (var i = 0; i < _clients.Length; i++) _clients[i] = await OpenClientAsync(cancellation);
                foreach (var client in _clients) await ReceiveEchoAsync(client, cancellation);
                foreach (var client in _clients)
                {
                    await client.DisposeAsync();
                    Forget(client);
                }

                watch.Note();
            }
            while (_trips.Add(begin, Stopwatch.GetTimestamp(), _clients.Length));
        }
        catch (OperationCanceledException)
        {
            ThrowIfStalled(watch, "handshake");
            throw;
        }

        Report(outcome);
    }

    private void Report(Outcome outcome)
    {
        _trips.Report(outcome, single: _clients.Length == 1);
        outcome.PeakKb = Resources.PeakKb(Link.OtherProcess);
    }
}
