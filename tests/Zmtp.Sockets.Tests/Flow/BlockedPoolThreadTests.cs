using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Threading;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>The pool's minimum while threads of it are blocked, and after.</summary>
[Collection(AloneCollection.Name)]
public class BlockedPoolThreadTests
{
    [Fact]
    public Task Enter_FirstOfTwoLeaves_TheOtherStillHasWhatItNeeds() => OnThePoolAsync(() =>
    {
        var before = Minimum;
        var first = BlockedPoolThread.Enter();
        var second = BlockedPoolThread.Enter();

        first.Dispose();
        var (minimum, threads) = (Minimum, ThreadPool.ThreadCount);
        second.Dispose();

        Assert.True(minimum > before && minimum >= threads, $"{minimum} at least, {threads} there, {before} before.");
        Assert.Equal(before, Minimum);
    });

    [Fact]
    public Task Enter_ApplicationSetsTheMinimumMeanwhile_ItStays() => OnThePoolAsync(() =>
    {
        var before = Minimum;
        try
        {
            var first = BlockedPoolThread.Enter();
            var second = BlockedPoolThread.Enter();
            Minimum += 5;
            var wanted = Minimum;

            first.Dispose();
            Assert.True(Minimum >= wanted);
            second.Dispose();

            Assert.Equal(wanted, Minimum);
        }
        finally
        {
            Minimum = before;
        }
    });

    [Fact]
    public Task Enter_ManyComeAndGoWhileOneStays_TheMinimumDoesNotGrow() => OnThePoolAsync(() =>
    {
        var before = Minimum;
        using (BlockedPoolThread.Enter())
        {
            for (var i = 0; i < 1000; i++) BlockedPoolThread.Enter().Dispose();
            Assert.InRange(Minimum, before + 1, Math.Max(before, ThreadPool.ThreadCount) + 10);
        }

        Assert.Equal(before, Minimum);
    });

    /// <summary>Calls that come and go by the thousand would else add a thread each, as long as the pool has work for it.</summary>
    [Fact]
    public async Task Announce_ThreadsEnoughBesideTheBlocked_TheMinimumIsNoHigherThanNeeded()
    {
        var before = Minimum;
        var others = 3 * before;
        Minimum = others + 1;
        try
        {
            await OnThePoolAsync(
                () =>
                {
                    Minimum = before;
                    BlockedPoolThread.Announce();
                    var raised = Minimum;
                    BlockedPoolThread.Withdraw();

                    Assert.Equal(before + 1, raised);
                    Assert.Equal(before, Minimum);
                },
                others);
        }
        finally
        {
            Minimum = before;
        }
    }

    private static int Minimum
    {
        get
        {
            ThreadPool.GetMinThreads(out var workers, out _);
            return workers;
        }

        set
        {
            ThreadPool.GetMinThreads(out _, out var ports);
            Assert.True(ThreadPool.SetMinThreads(value, ports));
        }
    }

    /// <summary>There are more threads than the minimum, as where some are blocked in ways that nobody counts.</summary>
    private static async Task OnThePoolAsync(Action action, int count = 6)
    {
        using var isOver = new ManualResetEventSlim();
        using var areThere = new CountdownEvent(count);
        Task[] others = [.. Enumerable.Range(0, count).Select(_ => Task.Run(() =>
        {
            areThere.Signal();
            isOver.Wait(TestTimeout.Default);
        }))];
        await Blocking.RunAsync(() => Assert.True(areThere.Wait(TestTimeout.Default)));
        try
        {
            await Task.Run(action).WithinAsync();
        }
        finally
        {
            isOver.Set();
            await Task.WhenAll(others);
        }
    }
}
