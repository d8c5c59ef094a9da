using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>What is sent while more waits to be received gathers, and leaves with what follows or, if nothing does, soon.</summary>
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
            for (var i = 0; i < (Rounds * Window) + (Window / 2); i++) Echo(router);
            router.Dispose();
        });
        var asking = Blocking.RunAsync(() =>
        {
            for (var round = 0; round < Rounds; round++) Exchange(dealer, Window);
            Exchange(dealer, Window / 2, asked: Window);
        });
        await Task.WhenAll(answering, asking).WithinAsync();
    }

    // Stops before the last half of the last round, until the other one has the first.
    private static void Answer(RouterSocket router, ManualResetEventSlim isHeard)
    {
        for (var i = 0; i < (Rounds * Window) + (Window / 2); i++) Echo(router);
        Assert.True(isHeard.Wait(TestTimeout.Default));
        for (var i = 0; i < Window / 2; i++) Echo(router);
    }

    private static void Ask(DealerSocket dealer, ManualResetEventSlim isHeard)
    {
        for (var round = 0; round < Rounds; round++) Exchange(dealer, Window);
        Exchange(dealer, Window / 2, asked: Window);
        isHeard.Set();
        Exchange(dealer, Window / 2, asked: 0);
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
