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
}
