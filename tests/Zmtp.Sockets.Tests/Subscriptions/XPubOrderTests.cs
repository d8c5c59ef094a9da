using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Subscriptions;

/// <summary>Many subscribers that come, change their minds and leave, and an application that receives when it likes: in the end it knows what is so.</summary>
public class XPubOrderTests
{
    private const int Workers = 4;
    private const int Steps = 150;
    private const int Topics = 6;

    [Theory]
    [InlineData("tcp", 1, false)]
    [InlineData("tcp", 2, true)]
    [InlineData("inproc", 3, false)]
    [InlineData("inproc", 4, true)]
    [InlineData("both", 5, false)]
    [InlineData("both", 6, true)]
    [Spec("PUBSUB-27", "PUBSUB-28", "PUBSUB-29")]
    public async Task XPUB_ManyComeChangeTheirMindsAndLeave_NoticesAlternateAndAreTrueInTheEnd(string transport, int seed, bool verboser)
    {
        await using var context = Join.NewContext();
        await using var xpub = new XPubSocket(context, Sut.Quick with { ReceiveHighWaterMark = 5, XPubVerboser = verboser });
        var endpoints = new List<string>();
        if (transport != "inproc") endpoints.Add(await xpub.BindAsync(Join.Fresh("tcp")));
        if (transport != "tcp") endpoints.Add(await xpub.BindAsync(Join.Fresh("inproc")));
        var wanted = new ConcurrentDictionary<string, int>();
        var heard = new Dictionary<string, int>();
        var isOver = false;
        var receiving = Blocking.RunAsync(() =>
        {
            var random = new Random(seed);
            while (!Volatile.Read(ref isOver))
            {
                for (var i = random.Next(30); i > 0; i--) Receive(xpub, heard, verboser, TimeSpan.Zero);
                Thread.Yield();
            }
        });

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => WorkAsync(context, xpub, endpoints, new Random((seed * 100) + worker), wanted)))
            .WithinAsync(60);
        Volatile.Write(ref isOver, true);
        await receiving.WithinAsync();

        await Blocking.RunAsync(() =>
        {
            var until = TestTimeout.Token;
            while (Receive(xpub, heard, verboser, TimeSpan.FromMilliseconds(200)) || !IsSame(wanted, heard, verboser))
            {
                Assert.False(until.IsCancellationRequested, $"Wanted: {Tell(wanted)}. Heard: {Tell(heard)}.");
            }
        }).WithinAsync(30);
        await xpub.DisposeAsync().WithinAsync();
    }

    private static async Task WorkAsync(
        ZmtpContext context, XPubSocket xpub, List<string> endpoints, Random random, ConcurrentDictionary<string, int> wanted)
    {
        var peers = new List<(SubSocket Socket, string? Bound, Dictionary<string, int> Topics)>();
        for (var step = 0; step < Steps; step++)
        {
            if (peers.Count == 0 || random.Next(8) == 0)
            {
                var socket = new SubSocket(context, Sut.Quick);
                string? bound = null;
                if (random.Next(3) == 0)
                {
                    bound = await socket.BindAsync(Join.Fresh(endpoints[0].Split(':')[0]));
                    xpub.Connect(bound);
                }
                else
                {
                    socket.Connect(endpoints[random.Next(endpoints.Count)]);
                }

                peers.Add((socket, bound, []));
            }

            var index = random.Next(peers.Count);
            var peer = peers[index];
            var topic = random.Next(Topics).ToString(CultureInfo.InvariantCulture);
            switch (random.Next(10))
            {
                case < 5:
                    peer.Socket.Subscribe(topic);
                    peer.Topics[topic] = peer.Topics.GetValueOrDefault(topic) + 1;
                    break;
                case < 8:
                    peer.Socket.Unsubscribe(topic);
                    if (peer.Topics.TryGetValue(topic, out var count) && count > 0) peer.Topics[topic] = count - 1;
                    break;
                case 8 when peer.Bound is null:
                    // Away for a moment, and back: both ends go on.
                    var endpoint = peer.Socket.ConnectedEndpoints.Single();
                    await peer.Socket.DisconnectAsync(endpoint);
                    peer.Socket.Connect(endpoint);
                    break;
                case 8:
                    await peer.Socket.UnbindAsync(peer.Bound);
                    await peer.Socket.BindAsync(peer.Bound);
                    break;
                default:
                    if (peer.Bound is not null) await xpub.DisconnectAsync(peer.Bound);
                    await peer.Socket.DisposeAsync();
                    peers.RemoveAt(index);
                    break;
            }

            xpub.TrySend($"{topic} is the topic");
        }

        foreach (var (topic, count) in peers.SelectMany(peer => peer.Topics))
        {
            if (count > 0) wanted.AddOrUpdate(topic, 1, static (_, others) => others + 1);
        }
    }

    private static bool Receive(XPubSocket xpub, Dictionary<string, int> heard, bool verboser, TimeSpan time)
    {
        if (!xpub.TryReceive(time, out var message)) return false;
        Assert.True(XPubSocket.TryReadSubscription(message, out var subscribe, out var octets));
        var topic = Encoding.UTF8.GetString(octets);
        var count = heard.GetValueOrDefault(topic) + (subscribe ? 1 : -1);
        Assert.True(count >= 0, $"{topic} has ended and was not there.");
        Assert.True(verboser || count <= 1, $"{topic} has begun and was there.");
        heard[topic] = count;
        message.Dispose();
        return true;
    }

    private static bool IsSame(ConcurrentDictionary<string, int> wanted, Dictionary<string, int> heard, bool verboser)
    {
        for (var i = 0; i < Topics; i++)
        {
            var topic = i.ToString(CultureInfo.InvariantCulture);
            var (here, there) = (wanted.GetValueOrDefault(topic), heard.GetValueOrDefault(topic));
            if (verboser ? here != there : (here > 0) != (there > 0)) return false;
        }

        return true;
    }

    private static string Tell(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(", ", counts.Where(static pair => pair.Value > 0).OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Key}: {pair.Value}"));
}
