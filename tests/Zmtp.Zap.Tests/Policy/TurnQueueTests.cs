using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class TurnQueueTests
{
    [Fact]
    public async Task QUEUE_PlacesThatAreFree_ComeAtOnce()
    {
        var queue = new TurnQueue(places: 2, maxWaiting: 0);
        Assert.True(await queue.Enter("a")!.Comes.WithinAsync());
        Assert.True(await queue.Enter("a")!.Comes.WithinAsync());
        Assert.Null(queue.Enter("a"));
        queue.Leave();
        Assert.True(await queue.Enter("b")!.Comes.WithinAsync());
    }

    [Fact]
    public async Task QUEUE_PlaceThatIsFree_IsTakenWithoutATurnAndCounts()
    {
        var queue = new TurnQueue(places: 1, maxWaiting: 1);
        Assert.True(queue.TryEnter());
        Assert.False(queue.TryEnter());
        var next = queue.Enter("a")!;
        queue.Leave();
        Assert.True(await next.Comes.WithinAsync());
        Assert.False(queue.TryEnter());
        queue.Leave();
        Assert.True(queue.TryEnter());
    }

    [Fact]
    public void QUEUE_Addresses_TakeTurns()
    {
        var queue = Full(maxWaiting: 10);
        var turns = Enter(queue, "a", "a", "a", "b", "c", "b");
        int[] order = [0, 3, 4, 1, 5, 2];
        for (var i = 0; i < order.Length; i++)
        {
            Assert.All(order[i..], waiting => Assert.False(turns[waiting].Comes.IsCompleted));
            queue.Leave();
            Assert.True(turns[order[i]].Comes is { IsCompletedSuccessfully: true, Result: true });
        }
    }

    [Fact]
    public void QUEUE_AddressWithTheMost_GivesWayWithItsNewestToOneThatHasFewer()
    {
        var queue = Full(maxWaiting: 4);
        var crowd = Enter(queue, "a", "a", "a", "a");
        Assert.Null(queue.Enter("a"));
        var others = Enter(queue, "b", "b");
        Assert.Equal([null, null, false, false], crowd.Select(State));
        Assert.Null(queue.Enter("b"));
        Assert.Null(queue.Enter("a"));
        Assert.NotNull(queue.Enter("c"));
        Assert.Equal(1, new[] { crowd[1], others[1] }.Count(turn => State(turn) == false));
        Assert.Null(queue.Enter("b"));
    }

    /// <summary>Those who wait however many there are take no room, and make none when their turn comes.</summary>
    [Fact]
    public void QUEUE_WithoutAddressHasHadItsTurn_NoMoreOfOthersWaitThanBefore()
    {
        var queue = Full(maxWaiting: 1);
        Enter(queue, null, null);
        queue.Leave();
        queue.Leave();
        Enter(queue, "a");
        Assert.Null(queue.Enter("b"));
    }

    [Fact]
    public void QUEUE_OneOfEachAddress_GivesWayToNobody()
    {
        var queue = Full(maxWaiting: 3);
        var turns = Enter(queue, "a", "b", "c");
        Assert.Null(queue.Enter("d"));
        Assert.All(turns, turn => Assert.Null(State(turn)));
        Assert.Equal(3, queue.AddressCount);
    }

    [Fact]
    public void QUEUE_WithoutAddress_WaitsHoweverManyThereAreAndGivesNoWay()
    {
        var queue = Full(maxWaiting: 1);
        var turns = Enter(queue, null, null, null, "a", null);
        Assert.Null(queue.Enter("a"));
        Assert.Null(queue.Enter("b"));
        Assert.All(turns, turn => Assert.Null(State(turn)));
        foreach (var next in (int[])[0, 3, 1, 2, 4])
        {
            queue.Leave();
            Assert.True(State(turns[next]));
        }
    }

    /// <summary>Strangers choose how many addresses wait; what is asked about those who are there must not wait for a round of them all.</summary>
    [Fact]
    public void QUEUE_WithoutAddress_HasEverySecondPlaceHoweverManyAddressesWait()
    {
        var queue = Full(maxWaiting: 10);
        var turns = Enter(queue, "a", "b", "c", "d", null, null, "e");
        foreach (var next in (int[])[0, 4, 1, 5, 2, 3, 6])
        {
            Assert.Null(State(turns[next]));
            queue.Leave();
            Assert.True(State(turns[next]));
        }
    }

    [Fact]
    public void QUEUE_TurnThatIsAbandoned_IsNobodysAndAPlaceItHadGoesToTheNext()
    {
        var queue = Full(maxWaiting: 3);
        var turns = Enter(queue, "a", "a", "b");
        queue.Abandon(turns[0]);
        queue.Leave();
        Assert.Equal([null, true, null], turns.Select(State));
        queue.Abandon(turns[1]);
        Assert.True(State(turns[2]));
        Assert.Equal(0, queue.AddressCount);
    }

    [Fact]
    public void QUEUE_TurnThatGaveWayAndIsAbandoned_HasNoPlaceToGive()
    {
        var queue = Full(maxWaiting: 2);
        var turns = Enter(queue, "a", "a", "b");
        Assert.False(State(turns[1]));
        queue.Abandon(turns[1]);
        Assert.Equal([null, false, null], turns.Select(State));
    }

    [Fact]
    public async Task QUEUE_ManyAtOnce_NeverHasMoreInsideThanPlacesAndEndsEmpty()
    {
        const int Places = 3;
        var queue = new TurnQueue(Places, maxWaiting: 20);
        var (inside, most, served) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() => UseAsync(thread)))).WithinAsync();
        Assert.InRange(most, 1, Places);
        Assert.NotEqual(0, served);
        Assert.Equal(0, queue.AddressCount);
        for (var i = 0; i < Places; i++) Assert.True(State(queue.Enter("end")!));
        Assert.Null(State(queue.Enter("end")!));

        async Task UseAsync(int thread)
        {
            var random = new Random(thread);
            var pending = new List<Task>();
            for (var i = 0; i < 500; i++)
            {
                if (queue.Enter($"{random.Next(4)}") is not { } turn) continue;
                if (random.Next(5) == 0) queue.Abandon(turn);
                else pending.Add(PassAsync(turn));
            }

            await Task.WhenAll(pending);
        }

        async Task PassAsync(Turn turn)
        {
            if (!await turn.Comes) return;
            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            Interlocked.Increment(ref served);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            queue.Leave();
        }
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); seen < now;)
        {
            var before = Interlocked.CompareExchange(ref most, now, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    private static TurnQueue Full(int maxWaiting)
    {
        var queue = new TurnQueue(places: 1, maxWaiting);
        Assert.True(State(queue.Enter("first")!));
        return queue;
    }

    private static Turn[] Enter(TurnQueue queue, params string?[] addresses) => [.. addresses.Select(address => queue.Enter(address)!)];

    // Null while it waits.
    private static bool? State(Turn turn) => turn.Comes.IsCompleted ? turn.Comes.Result : null;
}
