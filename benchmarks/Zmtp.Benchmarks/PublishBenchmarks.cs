using System.Diagnostics;
using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Zmtp.Sockets;

namespace Zmtp.Benchmarks;

/// <summary>
/// PUB to many subscribers over tcp, each with a topic of its own, so that each message is for one of them or for nobody: what it costs
/// should not depend on how many there are.
/// </summary>
[MemoryDiagnoser]
public class PublishBenchmarks
{
    /// <summary>Messages on their way at once: few enough for the system's buffers, so that nobody waits for anybody.</summary>
    private const int Messages = 1_000;

    private const int TopicLength = 8;
    private const int SequenceLength = sizeof(int);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly byte[] _wanted = new byte[TopicLength + SequenceLength];
    private readonly byte[] _unwanted = new byte[TopicLength + SequenceLength];
    private ZmtpContext _context = null!;
    private PubSocket _publisher = null!;
    private SubSocket[] _subscribers = [];

    [Params(1, 1_000)]
    public int Subscribers { get; set; }

    private SubSocket Chosen => _subscribers[Subscribers / 2];

    [GlobalSetup]
    public void Setup()
    {
        // Nothing may be dropped, and a thousand may come at once.
        var options = new SocketOptions
        {
            SendHighWaterMark = 0, ReceiveHighWaterMark = 0, ReceiveTimeout = Patience, MaxPendingHandshakes = 2 * Subscribers,
        };
        _context = new ZmtpContext();
        _publisher = new PubSocket(_context, options);
        var endpoint = _publisher.Bind("tcp://127.0.0.1:*");
        _subscribers = new SubSocket[Subscribers];
        for (var i = 0; i < Subscribers; i++)
        {
            _subscribers[i] = new SubSocket(_context, options);
            _subscribers[i].Subscribe(Topic(i));
            _subscribers[i].Connect(endpoint);
        }

        for (var i = 0; i < Subscribers; i++) WaitForSubscription(i);
        WriteTopic(Subscribers / 2, _wanted);
        WriteTopic(Subscribers, _unwanted);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        // What was for one subscriber has reached nobody else.
        foreach (var subscriber in _subscribers)
        {
            if (subscriber.TryReceive(TimeSpan.Zero, out _)) throw new InvalidOperationException("A subscriber got what was not for it.");
        }

        _publisher.Dispose();
        foreach (var subscriber in _subscribers) subscriber.Dispose();
        _context.Dispose();
    }

    [Benchmark(Description = "publish to one of them, and receive", OperationsPerInvoke = Messages)]
    public void PublishAndReceive()
    {
        for (var i = 0; i < Messages; i++)
        {
            BitConverter.TryWriteBytes(_wanted.AsSpan(TopicLength), i);
            _publisher.Send(_wanted);
        }

        for (var i = 0; i < Messages; i++)
        {
            using var message = Chosen.Receive();
            var number = BitConverter.ToInt32(message.Span[TopicLength..]);
            if (number != i) throw new InvalidOperationException($"Message {number} came where {i} was due.");
        }
    }

    [Benchmark(Description = "publish what nobody wants", OperationsPerInvoke = Messages)]
    public void PublishInVain()
    {
        for (var i = 0; i < Messages; i++) _publisher.Send(_unwanted);
    }

    /// <summary>PUB does not say who has subscribed: a message that arrives does.</summary>
    private void WaitForSubscription(int number)
    {
        var message = new byte[TopicLength + SequenceLength];
        WriteTopic(number, message);
        var begin = Stopwatch.GetTimestamp();
        Message first;
        do
        {
            if (Stopwatch.GetElapsedTime(begin) > Patience) throw new TimeoutException($"Subscriber {number} got nothing within {Patience}.");
            _publisher.Send(message);
        }
        while (!_subscribers[number].TryReceive(TimeSpan.FromMilliseconds(1), out first));

        // Those that were sent meanwhile are on their way, and what is sent now comes behind them.
        BitConverter.TryWriteBytes(message.AsSpan(TopicLength), -1);
        _publisher.Send(message);
        while (BitConverter.ToInt32(first.Span[TopicLength..]) != -1)
        {
            first.Dispose();
            first = _subscribers[number].Receive();
        }

        first.Dispose();
    }

    private static string Topic(int number) => number.ToString("D8", CultureInfo.InvariantCulture);

    private static void WriteTopic(int number, Span<byte> message) => Encoding.ASCII.GetBytes(Topic(number), message);
}
