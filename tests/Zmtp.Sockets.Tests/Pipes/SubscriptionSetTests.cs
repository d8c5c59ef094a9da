using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Pipes;

public class SubscriptionSetTests
{
    [Fact]
    public void Add_TwiceAndRemoveTwice_TheTopicEndsWithTheLast()
    {
        var set = new SubscriptionSet();
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
    }

    [Fact]
    public void Empty_MatchesEverything_AndNothingMatchesNothing()
    {
        var set = new SubscriptionSet();
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
        var set = new SubscriptionSet();
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
        var set = new SubscriptionSet();
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
    }

    [Fact]
    [Lesson("T11")]
    public void OneMebibyteTopics_NeedNoStack()
    {
        var set = new SubscriptionSet();
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
    }

    [Fact]
    [Lesson("T11")]
    public void AMillionTopics_AddedAndRemoved_LeaveNothing()
    {
        var set = new SubscriptionSet();
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
    }

    [Fact]
    [Lesson("T11")]
    public void NestedTopics_AThousandDeep_NeedNoStack()
    {
        var set = new SubscriptionSet();
        var octets = new byte[1000];
        for (var length = 1; length <= octets.Length; length++) Assert.True(set.Add(octets.AsSpan(0, length)));
        Assert.Equal(octets.Length, set.Count);
        Assert.True(set.Matches(octets));
        for (var length = 1; length <= octets.Length; length++) Assert.True(set.Remove(octets.AsSpan(0, length)));
        Assert.Equal(0, set.Cost);
    }

    [Fact]
    public void Cost_GrowsWithTheOctets()
    {
        var set = new SubscriptionSet();
        set.Add(new byte[1000]);
        Assert.InRange(set.Cost, 1000, 2000);
        set.Add([.. new byte[999], 1]);
        Assert.InRange(set.Cost, 1001, 2000);
        set.Clear();
        Assert.Equal(0, set.Cost);
        Assert.False(set.Matches(new byte[1000]));
    }

    [Fact]
    public void Matches_AllocatesNothing()
    {
        var set = new SubscriptionSet();
        set.Add("topic."u8);
        set.Add("topic.sub."u8);
        set.Matches("topic.sub.x"u8);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) set.Matches("topic.sub.x"u8);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    // Two letters and short: prefixes of each other are frequent.
    private static string RandomText(Random random) => string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => (char)('a' + random.Next(2))));

    private static byte[] Octets(string text) => System.Text.Encoding.ASCII.GetBytes(text);
}
