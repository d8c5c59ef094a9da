using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>What awaits messages shares the pool's threads with everybody. Alone: it keeps all of them busy.</summary>
[Collection(AloneCollection.Name)]
public class SharedPoolTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Each completion was put where its own thread looks first, so two that talk kept a thread for ever.
    [Fact]
    public async Task Receive_ManyTalkOverInprocWithoutEnd_OtherWorkHasItsTurn()
    {
        await using var context = Join.NewContext();
        var sockets = new List<PairSocket>();
        using var over = new CancellationTokenSource();
        var talks = new List<Task>();
        for (var i = 0; i < 8 * Environment.ProcessorCount; i++)
        {
            var (one, other) = (new PairSocket(context), new PairSocket(context));
            sockets.AddRange([one, other]);
            await Join.ToAsync(one, other, "inproc");
            talks.Add(Task.Run(() => AnswerAsync(one, over.Token)));
            talks.Add(Task.Run(() => AnswerAsync(other, over.Token)));
            await one.SendAsync("x"u8.ToArray());
        }

        var heard = 0;
        await Blocking.RunAsync(() =>
        {
            for (; heard < 20; heard++)
            {
                using var done = new ManualResetEventSlim();
                ThreadPool.UnsafeQueueUserWorkItem(static done => done.Set(), done, preferLocal: false);
                if (!done.Wait(Patience)) break;
            }

            over.Cancel();
        });
        await Task.WhenAll(talks).WithinAsync();
        foreach (var socket in sockets) await socket.DisposeAsync();

        Assert.Equal(20, heard);
    }

    private static async Task AnswerAsync(PairSocket socket, CancellationToken until)
    {
        try
        {
            while (true)
            {
                using var message = await socket.ReceiveAsync(until);
                await socket.SendAsync("x"u8.ToArray(), until);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough said.
        }
    }
}
