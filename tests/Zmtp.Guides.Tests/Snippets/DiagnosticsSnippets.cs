using Microsoft.Extensions.Logging;
using Xunit;
// snippet: diagnostics-usings
using System.Diagnostics.Metrics;
using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;
// end
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>What the log and the events say.</summary>
public sealed class DiagnosticsSnippets
{
    [Fact]
    public async Task Diagnostics()
    {
        using var loggerFactory = LoggerFactory.Create(static builder => builder.AddConsole());
        var refused = new TaskCompletionSource<SocketEvent>();
        using var serverCertificate = Certificate.Generate();
        using var clientCertificate = Certificate.Generate();
        using var wrongCertificate = Certificate.Generate();
        var endpoint = "tcp://127.0.0.1:1";

        // snippet: diagnostics
        await using var context = new ZmtpContext(new ZmtpContextOptions { LoggerFactory = loggerFactory });
        await using var server = new PullSocket(
            context, new() { Security = CurveSecurity.Server(serverCertificate, CurveClients.AllowAny) });
        server.Event += (_, happened) =>
        {
            if (happened is { Kind: SocketEventKind.HandshakeFailed }) refused.TrySetResult(happened); // Error says why
        };
        // end

        endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        await using var client = new PushSocket(
            context, new() { Security = CurveSecurity.Client(clientCertificate, wrongCertificate.PublicKey) });

        // snippet: why-not
        client.Connect(endpoint);
        try
        {
            await client.WaitForPeerAsync(TimeSpan.FromSeconds(1));
        }
        catch (ZmtpAuthenticationException refusal)
        {
            Console.Error.WriteLine($"The server refused us with {(int)refusal.Status}: {refusal.Message}");
        }
        catch (ZmtpException error)
        {
            Console.Error.WriteLine(error.Message); // MayRetry: whether trying again, unchanged, can help
        }
        catch (TimeoutException error)
        {
            Console.Error.WriteLine(error.Message); // no attempt has ended yet, so that no reason is known
        }
        // end

        Assert.Contains("HELLO", (await refused.Task.WithinAsync()).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics()
    {
        // snippet: metrics
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Zmtp") listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>(static (instrument, seconds, tags, _) =>
        {
            foreach (var (name, value) in tags)
            {
                if (name == "error.type") Console.Error.WriteLine($"{instrument.Name}: {value} after {seconds:0.000} s");
            }
        });
        listener.Start();
        // end

        var there = 0L;
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (instrument.Name == "zmtp.active_connections") there += value;
        });
        await using var context = Searched.NewContext();
        await using var server = new PullSocket(context);
        await using var socket = new PushSocket(context);
        socket.Connect(await server.BindAsync("tcp://127.0.0.1:*"));
        await socket.WaitForPeerAsync(TestTimeout.Default);
        await server.WaitForPeerAsync(TestTimeout.Default);
        listener.RecordObservableInstruments();
        Assert.InRange(there, 2, long.MaxValue);
    }

    [Fact]
    public async Task Meters()
    {
        await using var context = Searched.NewContext();
        await using var server = new PullSocket(context);
        await using var socket = new PushSocket(context);
        socket.Connect(await server.BindAsync("tcp://127.0.0.1:*"));
        await socket.WaitForPeerAsync(TestTimeout.Default);

        // snippet: meters
        using var meter = new Meter("Orders");
        meter.CreateObservableGauge("orders.peers", () => socket.PeerCount);
        meter.CreateObservableUpDownCounter("orders.unsent", () => socket.UnsentCount);
        // end

        var seen = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, itself) =>
        {
            if (ReferenceEquals(instrument.Meter, meter)) itself.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal((1, 0), (seen["orders.peers"], seen["orders.unsent"]));
    }
}
