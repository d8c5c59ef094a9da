using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Testing.Steady;

namespace Zmtp.Sockets.Tests.Subscriptions;

public class TopicTreeTests
{
    [Fact]
    public void Add_TwiceAndRemoveTwice_TheTopicEndsWithTheLast()
    {
        var set = new OneSubscriber();
        Assert.True(set.Add("a"u8));
        Assert.False(set.Add("a"u8));
        Assert.Equal(1, set.Count);
        Assert.False(set.Remove("a"u8));
        Assert.True(set.Matches("abc"u8));
        Assert.True(set.Remove("a"u8));
        Assert.False(set.Matches("abc"u8));
        Assert.False(set.Remove("a"u8));
        Assert.Equal(0, set.Count);
        Assert.Equal(0, set.Cost);
        Assert.True(set.Tree.IsEmpty);
    }

    [Fact]
    public void CostWith_OneMoreAndOneThatIsThere_IsWhatAddMakesOfIt()
    {
        var tree = new TopicTree();
        var subscriber = new Subscriber();
        foreach (var topic in new[] { "ab"u8.ToArray(), "abc"u8.ToArray(), "a"u8.ToArray(), "abc"u8.ToArray(), [] })
        {
            var cost = tree.CostWith(subscriber, topic);
            tree.Add(subscriber, topic);
            Assert.Equal(cost, subscriber.Cost);
        }

        tree.Clear(subscriber, forGood: true);
    }

    /// <summary>A topic that is known costs nothing: whoever has all that a peer may have is not sent away for saying so again.</summary>
    [Fact]
    public async Task Subscribe_AllThatOnePeerMayOccupyIsTaken_ATopicThatIsKnownIsTakenAndAnotherOneRefused()
    {
        await using var context = Searched.NewContext();
        await using var pub = new PubSocket(context, Sut.Quick);
        var pipe = new Pipe(pub, "tcp://x", outlivesConnection: false);
        var subscriber = pipe.Subscriber = new Subscriber(pipe);
        var publisher = new Publisher();
        Assert.True(publisher.Subscribe(pipe, "a"u8));
        subscriber.Cost = Publisher.MaxSubscriptionCost;

        Assert.False(publisher.Subscribe(pipe, "a"u8));
        Assert.Throws<ZmtpProtocolException>(() => publisher.Subscribe(pipe, "b"u8));
        subscriber.Cost -= Subscriber.TopicCost + 1;
        Assert.True(publisher.Subscribe(pipe, "b"u8));
    }

    [Fact]
    public void Empty_MatchesEverything_AndNothingMatchesNothing()
    {
        var set = new OneSubscriber();
        Assert.False(set.Matches([]));
        Assert.False(set.Matches("x"u8));
        set.Add([]);
        Assert.True(set.Matches([]));
        Assert.True(set.Matches("x"u8));
        Assert.True(set.Remove([]));
        Assert.False(set.Matches([]));
    }

    [Fact]
    public void Matches_PartsOfATopic_DoNotMatch()
    {
        var set = new OneSubscriber();
        set.Add("abcd"u8);
        set.Add("abxy"u8);
        Assert.False(set.Matches("ab"u8));
        Assert.False(set.Matches("abc"u8));
        Assert.False(set.Remove("ab"u8));
        Assert.False(set.Remove("abcde"u8));
        Assert.True(set.Matches("abcd"u8));
        Assert.True(set.Matches("abxyz"u8));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomOperations_BehaveAsADictionaryDoes(int seed)
    {
        var random = new Random(seed);
        var set = new OneSubscriber();
        var model = new Dictionary<string, int>();
        for (var i = 0; i < 20_000; i++)
        {
            var topic = RandomText(random);
            switch (random.Next(3))
            {
                case 0:
                    model[topic] = model.GetValueOrDefault(topic) + 1;
                    Assert.Equal(model[topic] == 1, set.Add(Octets(topic)));
                    break;
                case 1:
                    var had = model.GetValueOrDefault(topic);
                    if (had == 1) model.Remove(topic);
                    else if (had > 1) model[topic] = had - 1;
                    Assert.Equal(had == 1, set.Remove(Octets(topic)));
                    break;
                default:
                    Assert.Equal(model.Keys.Any(known => topic.StartsWith(known, StringComparison.Ordinal)), set.Matches(Octets(topic)));
                    break;
            }

            Assert.Equal(model.Count, set.Count);
        }

        foreach (var (topic, count) in model)
        {
            for (var i = 0; i < count; i++) set.Remove(Octets(topic));
        }

        Assert.Equal(0, set.Count);
        Assert.Equal(0, set.Cost);
        Assert.True(set.Tree.IsEmpty);
    }

    [Fact]
    [Lesson("T11")]
    public void OneMebibyteTopics_NeedNoStack()
    {
        var set = new OneSubscriber();
        var longest = new byte[1024 * 1024];
        var other = (byte[])longest.Clone();
        other[^1] = 1;

        // A thread with the smallest stack: whatever recurses over octets dies on it.
        var thread = new Thread(
            () =>
            {
                Assert.True(set.Add(longest));
                Assert.True(set.Add(other));
                Assert.True(set.Matches(longest));
                Assert.False(set.Matches(longest.AsSpan(1)));
                Assert.True(set.Remove(other));
                Assert.True(set.Matches([.. longest, 5]));
                Assert.True(set.Remove(longest));
            },
            maxStackSize: 128 * 1024);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, set.Cost);
        Assert.True(set.Tree.IsEmpty);
    }

    [Fact]
    [Lesson("T11")]
    public void AMillionTopics_AddedAndRemoved_LeaveNothing()
    {
        var set = new OneSubscriber();
        Span<byte> topic = stackalloc byte[sizeof(int)];
        for (var i = 0; i < 1_000_000; i++)
        {
            BitConverter.TryWriteBytes(topic, i);
            Assert.True(set.Add(topic));
        }

        for (var i = 0; i < 1_000_000; i++)
        {
            BitConverter.TryWriteBytes(topic, i);
            Assert.True(set.Remove(topic));
        }

        Assert.Equal(0, set.Count);
        Assert.Equal(0, set.Cost);
        Assert.True(set.Tree.IsEmpty);
    }

    [Fact]
    [Lesson("T11")]
    public void NestedTopics_AThousandDeep_NeedNoStack()
    {
        var set = new OneSubscriber();
        var octets = new byte[1000];
        for (var length = 1; length <= octets.Length; length++) Assert.True(set.Add(octets.AsSpan(0, length)));
        Assert.Equal(octets.Length, set.Count);
        Assert.True(set.Matches(octets));
        for (var length = 1; length <= octets.Length; length++) Assert.True(set.Remove(octets.AsSpan(0, length)));
        Assert.Equal(0, set.Cost);
        Assert.True(set.Tree.IsEmpty);
    }

    [Fact]
    public void Cost_CountsEachTopicWithAllItsOctets()
    {
        var set = new OneSubscriber();
        set.Add(new byte[1000]);
        Assert.Equal(1000 + Subscriber.TopicCost, set.Cost);
        set.Add(new byte[1000]);
        Assert.Equal(1000 + Subscriber.TopicCost, set.Cost);
        set.Add([.. new byte[999], 1]);
        Assert.Equal(2 * (1000 + Subscriber.TopicCost), set.Cost);
        set.Tree.Clear(set.Subscriber, forGood: false);
        Assert.Equal(0, set.Cost);
        Assert.True(set.Tree.IsEmpty);
        Assert.False(set.Matches(new byte[1000]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Find_RandomOperationsOfManySubscribers_FindsEachWhoHasAPrefixOnce(int seed)
    {
        await using var crowd = new Crowd(6);
        var random = new Random(seed);
        var tree = new TopicTree();
        var model = crowd.Subscribers.ToDictionary(subscriber => subscriber, _ => new Dictionary<string, int>());
        for (var i = 0; i < 20_000; i++)
        {
            var subscriber = crowd.Subscribers[random.Next(crowd.Subscribers.Count)];
            var topics = model[subscriber];
            var topic = RandomText(random);
            var count = topics.GetValueOrDefault(topic);
            switch (random.Next(i % 1000 == 0 ? 4 : 3))
            {
                case 0:
                    topics[topic] = count + 1;
                    Assert.Equal(count == 0, tree.Add(subscriber, Octets(topic)));
                    break;
                case 1:
                    if (count > 1) topics[topic] = count - 1;
                    else topics.Remove(topic);
                    Assert.Equal(count == 0 ? null : count - 1, tree.Remove(subscriber, Octets(topic)));
                    break;
                case 2:
                    var expected = crowd.Subscribers.Where(one => model[one].Keys.Any(known => topic.StartsWith(known, StringComparison.Ordinal)));
                    var found = Find(tree, topic);
                    Assert.Equal(found.Count, found.Distinct().Count());
                    Assert.Equal(expected.Select(one => one.Pipe!).ToHashSet(), found.ToHashSet());
                    break;
                default:
                    topics.Clear();
                    tree.Clear(subscriber, forGood: false);
                    break;
            }
        }

        foreach (var subscriber in crowd.Subscribers)
        {
            Assert.Equal(model[subscriber].Count, subscriber.Topics.Count);
            tree.Clear(subscriber, forGood: true);
            Assert.Equal(0, subscriber.Cost);
        }

        Assert.True(tree.IsEmpty);
    }

    [Fact]
    public async Task Add_AfterTheSubscriberHasGone_DoesNothing()
    {
        await using var crowd = new Crowd(1);
        var tree = new TopicTree();
        tree.Add(crowd.Subscribers[0], "a"u8);
        tree.Clear(crowd.Subscribers[0], forGood: true);
        Assert.False(tree.Add(crowd.Subscribers[0], "a"u8));
        Assert.Empty(Find(tree, "a"));
        Assert.True(tree.IsEmpty);
    }

    [Fact]
    public async Task Everybody_IsKnownOnlyWhileAllHaveSubscribedToEverything()
    {
        await using var crowd = new Crowd(2);
        var (first, second) = (crowd.Subscribers[0], crowd.Subscribers[1]);
        var tree = new TopicTree();
        tree.Add(first, []);
        Assert.Null(tree.Everybody);
        Find(tree, "x");
        Assert.Equal([first.Pipe!], tree.Everybody!);
        tree.Add(second, "b"u8);
        Assert.Null(tree.Everybody);
        Assert.Equal([first.Pipe!], Find(tree, "x"));
        Assert.Equal([first.Pipe!, second.Pipe!], Find(tree, "b"));
        Assert.Null(tree.Everybody);
        tree.Remove(second, "b"u8);
        tree.Add(second, []);
        tree.Add(second, []);
        Assert.Equal([first.Pipe!, second.Pipe!], Find(tree, "x"));
        Assert.Equal([first.Pipe!, second.Pipe!], tree.Everybody!);
        tree.Clear(first, forGood: true);
        Assert.Equal([second.Pipe!], Find(tree, "x"));
        tree.Remove(second, []);
        Assert.Equal([second.Pipe!], Find(tree, "x"));
        tree.Remove(second, []);
        Assert.Empty(Find(tree, "x"));
    }

    [Fact]
    public async Task Find_WhileOthersSubscribeAndGo_AlwaysFindsWhoStays()
    {
        await using var crowd = new Crowd(3);
        var tree = new TopicTree();
        var stays = crowd.Subscribers[0];
        tree.Add(stays, "topic"u8);
        using var end = new CancellationTokenSource();
        var others = crowd.Subscribers.Skip(1).Select((other, seed) => Task.Run(() =>
        {
            var random = new Random(seed);
            while (!end.IsCancellationRequested)
            {
                for (var i = 0; i < 500; i++) tree.Add(other, Octets("topic"[..random.Next(6)] + RandomText(random)));
                tree.Clear(other, forGood: false);
            }
        })).ToArray();
        for (var i = 0; i < 20_000; i++) Assert.Single(Find(tree, "topic.x"), stays.Pipe!);
        await end.CancelAsync();
        await Task.WhenAll(others).WithinAsync();
        tree.Clear(stays, forGood: true);
        Assert.True(tree.IsEmpty);
    }

    [Fact]
    public async Task Find_AllocatesNothing()
    {
        await using var crowd = new Crowd(20);
        var tree = new TopicTree();
        foreach (var subscriber in crowd.Subscribers) tree.Add(subscriber, "topic."u8);
        tree.Add(crowd.Subscribers[0], "topic.sub."u8);
        Assert.Equal(20, Find(tree, "topic.sub.x").Count);
        var allocated = OwnAllocations.LeastOf(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                var recipients = Recipients.Rent();
                tree.Find("topic.sub.x"u8, recipients);
                recipients.Return();
            }
        });

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Matches_AllocatesNothing()
    {
        var set = new OneSubscriber();
        set.Add("topic."u8);
        set.Add("topic.sub."u8);
        set.Matches("topic.sub.x"u8);
        var allocated = OwnAllocations.LeastOf(() =>
        {
            for (var i = 0; i < 1000; i++) set.Matches("topic.sub.x"u8);
        });

        Assert.Equal(0, allocated);
    }

    // Two letters and short: prefixes of each other are frequent.
    private static string RandomText(Random random) => string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => (char)('a' + random.Next(2))));

    private static byte[] Octets(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private static List<Pipe> Find(TopicTree tree, string octets)
    {
        var recipients = Recipients.Rent();
        tree.Find(Octets(octets), recipients);
        List<Pipe> pipes = [.. recipients.Pipes];
        recipients.Return();
        return pipes;
    }

    /// <summary>A tree with one subscriber.</summary>
    private sealed class OneSubscriber
    {
        public TopicTree Tree { get; } = new();

        public Subscriber Subscriber { get; } = new();

        public int Count => Subscriber.Topics.Count;

        public long Cost => Subscriber.Cost;

        public bool Add(ReadOnlySpan<byte> topic) => Tree.Add(Subscriber, topic);

        public bool Remove(ReadOnlySpan<byte> topic) => Tree.Remove(Subscriber, topic) == 0;

        public bool Matches(ReadOnlySpan<byte> octets) => Tree.Matches(octets);
    }

    /// <summary>Subscribers with pipes that lead nowhere.</summary>
    private sealed class Crowd : IAsyncDisposable
    {
        private readonly ZmtpContext _context = Join.NewContext();

        public Crowd(int count)
        {
            var socket = new PubSocket(_context);
            Subscribers = [.. Enumerable.Range(0, count).Select(_ => new Subscriber(new Pipe(socket, "inproc://nowhere", outlivesConnection: false)))];
        }

        public IReadOnlyList<Subscriber> Subscribers { get; }

        public ValueTask DisposeAsync() => _context.DisposeAsync();
    }
}
