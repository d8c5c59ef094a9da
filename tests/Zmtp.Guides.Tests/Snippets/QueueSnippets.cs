using System.Collections.Concurrent;
using Xunit;
using Zmtp;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>A work queue whose workers ask: what one that dies was at is done by another.</summary>
public sealed class QueueSnippets
{
    private readonly ConcurrentQueue<string> _waiting = new(Enumerable.Range(1, 20).Select(static number => $"task {number}"));
    private readonly HashSet<string> _done = [];
    private readonly TaskCompletionSource _isAllDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _patience = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task WorkQueue()
    {
        await using var context = Searched.NewContext();
        await using var workers = new RouterSocket(context, new() { RouterMandatory = true });
        var endpoint = await workers.BindAsync("tcp://127.0.0.1:*");
        using var source = new CancellationTokenSource();
        var giving = Task.Run(() => GiveAsync(workers, source.Token));

        // One that asks twice and is given one task, and another one; both leave in the middle of theirs.
        string[] lost;
        await using (var dying = new DealerSocket(context))
        await using (var other = new DealerSocket(context))
        {
            dying.Connect(endpoint);
            await dying.SendAsync("", TestTimeout.Token);
            await dying.SendAsync("", TestTimeout.Token);
            using var first = await dying.ReceiveAsync(TestTimeout.Token);
            other.Connect(endpoint);
            await other.SendAsync("", TestTimeout.Token);
            using var second = await other.ReceiveAsync(TestTimeout.Token);
            lost = [first.AsString(), second.AsString()];
        }

        var working = Task.Run(() => WorkAsync(context, endpoint, source.Token));

        await _isAllDone.Task.WithinAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => giving.WithinAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working.WithinAsync());
        Assert.Equal(["task 1", "task 2"], lost);
    }

    private async Task GiveAsync(RouterSocket workers, CancellationToken stop)
    {
        var waiting = _waiting;

        // snippet: work-queue
        var underWay = new Dictionary<string, ZmtpPeer>();  // each task has a name of its own; who is at it
        await foreach (var ask in workers.WithCancellation(stop))
        {
            using (ask)
            {
                underWay.Remove(ask.AsString(1));           // the routing id, then what the worker has done, "" at first
                var peers = workers.Peers.ToHashSet();
                foreach (var (task, peer) in underWay)
                {
                    if (!peers.Contains(peer) && underWay.Remove(task)) waiting.Enqueue(task); // its worker is gone
                }

                if (underWay.ContainsValue(ask.Peer!)) continue; // has one: it asked again before that came
                if (!waiting.TryPeek(out var next)) continue;    // nothing to do: it asks again
                using var order = Message.Of(ask[0], next);
                try
                {
                    if (workers.TrySend(order) && waiting.TryDequeue(out _)) underWay[next] = ask.Peer!;
                }
                catch (HostUnreachableException)
                {
                    // It left before it had its task, which stays the next one.
                }
            }
        }
        // end
    }

    private async Task WorkAsync(ZmtpContext context, string endpoint, CancellationToken stop)
    {
        var patience = _patience;

        // snippet: work-queue-worker
        await using var worker = new DealerSocket(context, new() { Immediate = true }); // asks nobody who is not there
        worker.Connect(endpoint);
        var done = "";
        while (true)
        {
            await worker.SendAsync(done, stop);
            if (!worker.TryReceive(patience, out var task)) continue; // nothing to do, or lost with a connection: asks again
            using (task) done = Do(task.AsString());
        }
        // end
    }

    private string Do(string task)
    {
        // As nobody else leaves, none is done twice.
        Assert.True(_done.Add(task));
        if (_done.Count == 20) _isAllDone.TrySetResult();
        return task;
    }
}
