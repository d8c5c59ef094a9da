using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>What is sent while more waits to be received gathers, and leaves with what follows or, if nothing does, soon.</summary>
[Collection(AloneCollection.Name)]
public class BurstTests
{
    private const int Window = 64;
    private const int Rounds = 50;

    [Theory]
    [InlineData("tcp", "NULL")]
    [InlineData("ipc", "CURVE")]
    public async Task ROUTER_StopsInTheMiddleOfManyQuickAnswers_TheyLeaveAllTheSame(string transport, string mechanism)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, Sut.Quick);
        await using var router = new RouterSocket(context, server);
        await using var dealer = new DealerSocket(context, client);
        await Join.ToAsync(router, dealer, transport);
        using var isHeard = new ManualResetEventSlim();
        var answering = Blocking.RunAsync(() => Answer(router, isHeard));
        var asking = Blocking.RunAsync(() => Ask(dealer, isHeard));
        await Task.WhenAll(answering, asking).WithinAsync();
    }

    [Fact]
    public async Task ROUTER_IsDisposedInTheMiddleOfManyQuickAnswers_TheyLeaveAllTheSame()
    {
        await using var context = Join.NewContext();
        var router = new RouterSocket(context, Sut.Quick with { Linger = TimeSpan.FromSeconds(10) });
        await using var dealer = new DealerSocket(context, Sut.Quick);
        await Join.ToAsync(router, dealer);
        var answering = Blocking.RunAsync(() =>
        {
            AnswerUpToTheMiddle(router);
            router.Dispose();
        });
        var asking = Blocking.RunAsync(() => AskUpToTheMiddle(dealer));
        await Task.WhenAll(answering, asking).WithinAsync();
    }

    /// <summary>
    /// A ROUTER drops what a peer has no room for. Its answers to many requests that have come already do not wait for each other until that happens.
    /// How it begins is a matter of who comes first, and so is an answer that is dropped when the machine pauses: most of the rounds count.
    /// </summary>
    [Fact]
    public async Task ROUTER_AnswersMoreAtOnceThanItsHighWaterMark_TheyLeaveInTime()
    {
        const int attempts = 9;
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick with { SendHighWaterMark = Window });
        await using var dealer = new DealerSocket(context, Sut.Quick);
        await Join.ToAsync(router, dealer);
        using var isAsked = new SemaphoreSlim(0);
        var complete = 0;
        var answering = Blocking.RunAsync(() =>
        {
            for (var attempt = 0; attempt < attempts; attempt++)
            {
                for (var i = 0; i < Rounds * Window / 4; i++) Echo(router);
                Assert.True(isAsked.Wait(TestTimeout.Default));
                for (var i = 0; i < 8 * Window; i++) Echo(router);
            }
        });
        var asking = Blocking.RunAsync(() =>
        {
            for (var attempt = 0; attempt < attempts; attempt++)
            {
                for (var round = 0; round < Rounds; round++) Exchange(dealer, Window / 4);
                for (var i = 0; i < 8 * Window; i++) dealer.Send("A"u8);
                isAsked.Release();
                if (Count(dealer) == 8 * Window) complete++;
            }
        });
        await Task.WhenAll(answering, asking).WithinAsync(60);
        Assert.InRange(complete, (attempts / 2) + 1, attempts);
    }

    private static int Count(DealerSocket dealer)
    {
        var count = 0;
        while (count < 8 * Window && dealer.TryReceive(TimeSpan.FromSeconds(1), out var answer))
        {
            answer.Dispose();
            count++;
        }

        return count;
    }

    // Stops before the last half of the last round, until the other one has the first.
    private static void Answer(RouterSocket router, ManualResetEventSlim isHeard)
    {
        AnswerUpToTheMiddle(router);
        Assert.True(isHeard.Wait(TestTimeout.Default));
        for (var i = 0; i < Window / 2; i++) Echo(router);
    }

    private static void Ask(DealerSocket dealer, ManualResetEventSlim isHeard)
    {
        AskUpToTheMiddle(dealer);
        isHeard.Set();
        Exchange(dealer, Window / 2, asked: 0);
    }

    // Of the round after many whole ones.
    private static void AnswerUpToTheMiddle(RouterSocket router)
    {
        for (var i = 0; i < (Rounds * Window) + (Window / 2); i++) Echo(router);
    }

    private static void AskUpToTheMiddle(DealerSocket dealer)
    {
        for (var round = 0; round < Rounds; round++) Exchange(dealer, Window);
        Exchange(dealer, Window / 2, asked: Window);
    }

    private static void Exchange(DealerSocket dealer, int count) => Exchange(dealer, count, count);

    private static void Exchange(DealerSocket dealer, int count, int asked)
    {
        for (var i = 0; i < asked; i++) dealer.Send("A"u8);
        for (var i = 0; i < count; i++)
        {
            using var answer = dealer.Receive(TestTimeout.Default);
            Assert.Equal("A"u8, answer.Span);
        }
    }

    private static void Echo(RouterSocket router)
    {
        var message = router.Receive(TestTimeout.Default);
        router.Send(message);
    }
}
