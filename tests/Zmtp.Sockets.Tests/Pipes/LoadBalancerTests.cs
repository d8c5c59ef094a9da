using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Pipes;

public sealed class LoadBalancerTests : DisposedTests
{
    private readonly ZmtpContext _context = Join.NewContext();
    private readonly PushSocket _socket;
    private readonly LoadBalancer _balancer = new();

    public LoadBalancerTests() => _socket = new PushSocket(_context, new() { SendHighWaterMark = 1 });

    public override async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        await _context.DisposeAsync();
    }

    [Fact]
    public void TrySend_PipesHaveRoom_TheyTakeTurns()
    {
        var pipes = Add(3);
        var order = new List<int>();
        for (var i = 0; i < 7; i++) order.Add(Send(pipes));
        Assert.Equal([0, 1, 2, 0, 1, 2, 0], order);
    }

    [Fact]
    public void Only_IsThePipeWhileThereIsOneAndNoOther()
    {
        Assert.Null(_balancer.Only);
        var pipes = Add(3);
        Assert.Null(_balancer.Only);
        _balancer.Remove(pipes[0]);
        Assert.Null(_balancer.Only);
        _balancer.Remove(pipes[2]);
        Assert.Same(pipes[1], _balancer.Only);
        _balancer.Add(pipes[0]);
        Assert.Null(_balancer.Only);
        _balancer.Remove(pipes[1]);
        Assert.Same(pipes[0], _balancer.Only);
        _balancer.Remove(pipes[0]);
        _balancer.Remove(pipes[0]);
        Assert.Null(_balancer.Only);
    }

    [Fact]
    public void TrySend_SomeHaveNoRoom_TheOthersTakeTurnsUntilTheyHave()
    {
        var pipes = Add(4);
        Fill(pipes[1]);
        Fill(pipes[2]);
        var order = new List<int>();
        for (var i = 0; i < 4; i++) order.Add(Send(pipes));
        pipes[2].DropWaiting();
        for (var i = 0; i < 4; i++) order.Add(Send(pipes));
        Assert.Equal([0, 3, 0, 3, 0, 2, 3, 0], order);
    }

    [Fact]
    public void TrySend_NobodyHasRoom_IsFalseUntilSomebodyHas()
    {
        var pipes = Add(200);
        for (var i = 0; i < pipes.Length; i++) Assert.True(_balancer.TrySend("x"u8));
        Assert.False(_balancer.TrySend("x"u8));
        Assert.False(_balancer.TrySend("x"u8));
        foreach (var last in new[] { 199, 0, 63, 64, 127 })
        {
            pipes[last].DropWaiting();
            Assert.True(_balancer.TrySend("x"u8));
            Assert.Equal(1, pipes[last].Pending);
            Assert.False(_balancer.TrySend("x"u8));
        }
    }

    /// <summary>Each of their gates is held by somebody else: one attempt would wait for ever.</summary>
    [Fact]
    public async Task TrySend_ManyHaveRefused_NoneOfThemIsAskedAgain()
    {
        var full = Add(1000);
        for (var i = 0; i < full.Length; i++) Assert.True(_balancer.TrySend("x"u8));
        Assert.False(_balancer.TrySend("x"u8));
        var quick = Assert.Single(Add(1));
        using var held = new ManualResetEventSlim();
        using var isOver = new ManualResetEventSlim();
        var holder = Blocking.RunAsync(() =>
        {
            foreach (var pipe in full) pipe.Gate.Enter();
            held.Set();
            isOver.Wait(TestTimeout.Default * 2);
            foreach (var pipe in full) pipe.Gate.Exit();
        });
        Assert.True(held.Wait(TestTimeout.Default));

        var sending = Blocking.RunAsync(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.True(_balancer.TrySend("x"u8));
                Assert.False(_balancer.TrySend("x"u8));
                quick.DropWaiting();
            }
        });
        try
        {
            await sending.WithinAsync();
        }
        finally
        {
            isOver.Set();
            await holder.WithinAsync();
        }
    }

    [Fact]
    public void AddAndRemove_ManyComeAndMostLeave_EachOfTheOthersGetsOneInTurn()
    {
        var pipes = Add(1000);
        for (var i = 0; i < 300; i++) Send(pipes);
        var left = pipes.Where((_, i) => i % 10 == 3).ToArray();
        foreach (var pipe in pipes.Except(left)) _balancer.Remove(pipe);
        foreach (var pipe in pipes.Except(left)) _balancer.Remove(pipe);
        var late = Add(20);
        left = [.. left, .. late];

        for (var i = 0; i < left.Length; i++) Assert.True(_balancer.TrySend("x"u8));
        Assert.All(left, pipe => Assert.Equal(1, pipe.Pending));
        Assert.False(_balancer.TrySend("x"u8));
    }

    [Fact]
    public void AddAndRemove_SomeHaveNoRoomMeanwhile_TheyAreAskedWhenTheyHave()
    {
        var full = Add(3);
        for (var i = 0; i < full.Length; i++) Assert.True(_balancer.TrySend("x"u8));
        Assert.False(_balancer.TrySend("x"u8));
        var others = Add(500);
        foreach (var pipe in others) _balancer.Remove(pipe);
        Assert.False(_balancer.TrySend("x"u8));

        foreach (var pipe in full)
        {
            pipe.DropWaiting();
            Assert.True(_balancer.TrySend("x"u8));
            Assert.Equal(1, pipe.Pending);
        }

        Assert.False(_balancer.TrySend("x"u8));
    }

    [Fact]
    public void Add_PipeThatHasLeft_TakesTurnsAgain()
    {
        var pipe = Assert.Single(Add(1));
        Fill(pipe);
        _balancer.Remove(pipe);
        Assert.False(_balancer.TrySend("x"u8));
        pipe.DropWaiting();
        _balancer.Add(pipe);
        _balancer.Add(pipe);
        Assert.True(_balancer.TrySend("x"u8));
        _balancer.Remove(pipe);
        pipe.DropWaiting();
        Assert.False(_balancer.TrySend("x"u8));
    }

    private Pipe[] Add(int count)
    {
        var pipes = Enumerable.Range(0, count).Select(_ => new Pipe(_socket, "inproc://nowhere", outlivesConnection: true)).ToArray();
        foreach (var pipe in pipes) _balancer.Add(pipe);
        return pipes;
    }

    private static void Fill(Pipe pipe)
    {
        Assert.True(pipe.TrySend("x"u8));
        Assert.False(pipe.TrySend("x"u8));
    }

    /// <summary>Sends one message, and makes room for the next.</summary>
    /// <returns>Who got it.</returns>
    private int Send(Pipe[] pipes)
    {
        var before = pipes.Select(pipe => pipe.Pending).ToArray();
        Assert.True(_balancer.TrySend("x"u8));
        var who = Array.FindIndex(pipes, pipe => pipe.Pending != before[Array.IndexOf(pipes, pipe)]);
        pipes[who].DropWaiting();
        return who;
    }
}
