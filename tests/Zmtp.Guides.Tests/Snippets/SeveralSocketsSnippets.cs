using System.Threading.Channels;
using Xunit;
using Zmtp;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>Waiting for several sockets.</summary>
public sealed class SeveralSocketsSnippets
{
    [Fact]
    public async Task WaitForSeveral()
    {
        await using var context = Searched.NewContext();
        await using var tasks = new PullSocket(context);
        await using var control = new PairSocket(context);
        await using var giver = new PushSocket(context);
        await using var boss = new PairSocket(context);
        giver.Connect(await tasks.BindAsync("tcp://127.0.0.1:*"));
        boss.Connect(await control.BindAsync("inproc://boss"));
        using var source = new CancellationTokenSource();
        var stop = source.Token;
        const int count = 500;
        var handled = new Dictionary<IReceivingSocket, int> { [tasks] = 0, [control] = 0 };
        var isDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = RunAsync();

        for (var i = 0; i < count; i++)
        {
            await giver.SendAsync($"{i}", TestTimeout.Token);
            await boss.SendAsync($"{i}", TestTimeout.Token);
        }

        await isDone.Task.WithinAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WithinAsync());

        async Task RunAsync()
        {
            // snippet: several
            IReceivingSocket[] sockets = [tasks, control];
            var waits = sockets.Select(socket => socket.WaitToReceiveAsync(stop).AsTask()).ToArray();
            while (true)
            {
                await Task.WhenAny(waits);
                for (var i = 0; i < sockets.Length; i++)
                {
                    if (!waits[i].IsCompleted) continue; // keeps its place
                    if (!await waits[i]) return; // was disposed
                    while (sockets[i].TryReceive(out var message))
                    {
                        using (message) Handle(sockets[i], message);
                    }

                    waits[i] = sockets[i].WaitToReceiveAsync(stop).AsTask();
                }
            }
            // end
        }

        void Handle(IReceivingSocket socket, Message message)
        {
            Assert.Equal($"{handled[socket]++}", message.AsString());
            if (handled.Values.Sum() == 2 * count) isDone.SetResult();
        }
    }

    [Fact]
    public async Task OneRoundWithATimeout()
    {
        await using var context = Searched.NewContext();
        await using var tasks = new PullSocket(context);
        await using var control = new PairSocket(context);
        await using var boss = new PairSocket(context);
        boss.Connect(await control.BindAsync("inproc://boss"));
        var handled = new List<string>();
        Assert.True(await IsIdleAsync());
        await boss.SendAsync("stop", TestTimeout.Token);
        Assert.False(await IsIdleAsync());
        Assert.Equal(["stop"], handled);

        async Task<bool> IsIdleAsync()
        {
            var isIdle = false;

            // snippet: poll
            var forTasks = tasks.WaitToReceiveAsync().AsTask();
            var forControl = control.WaitToReceiveAsync().AsTask();
            try
            {
                await Task.WhenAny(forTasks, forControl).WaitAsync(TimeSpan.FromMilliseconds(20));
            }
            catch (TimeoutException)
            {
                isIdle = true; // nothing has come to either
            }

            if (tasks.TryReceive(out var task)) Handle(task);
            if (control.TryReceive(out var command)) Handle(command);
            // end

            return isIdle;
        }

        void Handle(Message message)
        {
            using (message) handled.Add(message.AsString());
        }
    }

    [Fact]
    public async Task OneLoopForSocketsTimersAndAQueue()
    {
        await using var context = Searched.NewContext();
        await using var tasks = new PullSocket(context);
        await using var giver = new PushSocket(context);
        giver.Connect(await tasks.BindAsync("tcp://127.0.0.1:*"));
        using var source = new CancellationTokenSource();
        var stop = source.Token;
        const int count = 500;
        var interval = TimeSpan.FromMilliseconds(1);
        var (messages, ticks, called, handlers) = (0, 0, 0, 0);
        var isDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Channel.CreateUnbounded<Action>();
        var running = Task.Run(RunAsync);

        for (var i = 0; i < count; i++)
        {
            await giver.SendAsync($"{i}", TestTimeout.Token);
            Assert.True(calls.Writer.TryWrite(() => Alone(ref called)));
        }

        await isDone.Task.WithinAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WithinAsync());
        Assert.Equal((count, count), (messages, called));

        async Task RunAsync()
        {
            // snippet: one-loop
            using var timer = new PeriodicTimer(interval);
            var message = tasks.WaitToReceiveAsync(stop).AsTask();
            var tick = timer.WaitForNextTickAsync(stop).AsTask();
            var call = calls.Reader.WaitToReadAsync(stop).AsTask(); // Channel.CreateUnbounded<Action>(): anybody may write to it
            while (true)
            {
                await Task.WhenAny(message, tick, call);
                if (message.IsCompleted)
                {
                    if (!await message) return; // was disposed
                    if (tasks.TryReceive(out var task)) Handle(task);
                    message = tasks.WaitToReceiveAsync(stop).AsTask();
                }

                if (tick.IsCompleted)
                {
                    await tick;
                    OnTick();
                    tick = timer.WaitForNextTickAsync(stop).AsTask();
                }

                if (call.IsCompleted)
                {
                    if (!await call) return; // was completed
                    if (calls.Reader.TryRead(out var action)) action();
                    call = calls.Reader.WaitToReadAsync(stop).AsTask();
                }
            }
            // end
        }

        void Handle(Message task)
        {
            using (task) Assert.Equal($"{messages}", task.AsString());
            Alone(ref messages);
        }

        void OnTick() => Alone(ref ticks);

        void Alone(ref int counter)
        {
            Assert.Equal(1, Interlocked.Increment(ref handlers));
            counter++;
            Assert.Equal(0, Interlocked.Decrement(ref handlers));
            if (messages == count && called == count && ticks > 2) isDone.TrySetResult();
        }
    }
}
