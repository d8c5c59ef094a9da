using System.Collections.Concurrent;
using Xunit;
using Zmtp;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>Two ROUTERs between clients and workers that have no routing ids of their own.</summary>
public sealed class LoadBalancerSnippets
{
    private const int Workers = 3;
    private const int Clients = 5;
    private const int JobsOfEach = 6;

    private readonly ConcurrentDictionary<int, int> _doneBy = [];

    // Each worker holds its first job until all have one: there are clients enough for that, and the balancer gives no worker a second one meanwhile.
    private readonly TaskCompletionSource _allAtWork = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task LoadBalancer()
    {
        await using var context = Searched.NewContext();
        await using var frontend = new RouterSocket(context);
        await using var backend = new RouterSocket(context);
        var forClients = await frontend.BindAsync("tcp://127.0.0.1:*");
        var forWorkers = await backend.BindAsync("tcp://127.0.0.1:*");
        using var source = new CancellationTokenSource();
        var balancing = Task.Run(() => BalanceAsync(frontend, backend, source.Token));
        var asking = Enumerable.Range(0, Clients).Select(client => Task.Run(() => AskAsync(context, forClients, client))).ToArray();
        var working = Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(context, forWorkers, worker, source.Token))).ToArray();

        await Task.WhenAll(asking).WithinAsync();

        await source.CancelAsync();
        foreach (var task in (Task[])[balancing, .. working]) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.WithinAsync());
        Assert.Equal(Workers, _doneBy.Count);
        Assert.Equal(Clients * JobsOfEach, _doneBy.Values.Sum());
    }

    private static async Task BalanceAsync(RouterSocket frontend, RouterSocket backend, CancellationToken stop)
    {
        // snippet: load-balancer
        var idle = new Queue<byte[]>(); // the routing ids of workers, copied
        while (true)
        {
            var fromWorkers = backend.WaitToReceiveAsync(CancellationToken.None).AsTask(); // without a token: one task for all rounds
            var fromClients = idle.Count > 0 ? frontend.WaitToReceiveAsync(CancellationToken.None).AsTask() : fromWorkers;
            await Task.WhenAny(fromWorkers, fromClients).WaitAsync(stop);

            while (backend.TryReceive(out var said)) // routing id, "", READY; or routing id, "", the client's, "", reply
            {
                using (said)
                {
                    idle.Enqueue(said.ToArray());
                    if (said.FrameCount > 3) await frontend.SendAsync(Message.Create().Append(said, firstFrame: 2), stop);
                }
            }

            while (idle.Count > 0 && frontend.TryReceive(out var request)) // the client's routing id, "", request
            {
                using (request) await backend.SendAsync(Message.Of(idle.Dequeue(), "").Append(request), stop);
            }
        }
        // end
    }

    private static async Task AskAsync(ZmtpContext context, string endpoint, int client)
    {
        await using var socket = new ReqSocket(context);
        socket.Connect(endpoint);
        for (var job = 0; job < JobsOfEach; job++)
        {
            await socket.SendAsync($"{client}/{job}", TestTimeout.Token);
            using var reply = await socket.ReceiveAsync(TestTimeout.Token);
            Assert.Equal($"{client}/{job} is done", reply.AsString());
        }
    }

    /// <summary>A REQ, or a DEALER that puts the empty frame there itself.</summary>
    private async Task WorkAsync(ZmtpContext context, string endpoint, int worker, CancellationToken stop)
    {
        await using DuplexSocket socket = worker == 0 ? new DealerSocket(context) : new ReqSocket(context);
        socket.Connect(endpoint);
        var envelope = socket is DealerSocket ? 1 : 0;
        await socket.SendAsync(Enveloped().Append("READY"), stop);
        while (true)
        {
            using var job = await socket.ReceiveAsync(stop);
            Assert.Equal(3 + envelope, job.FrameCount);
            _doneBy.AddOrUpdate(worker, 1, static (_, count) => count + 1);
            if (_doneBy.Count == Workers) _allAtWork.TrySetResult();
            await _allAtWork.Task.WithinAsync();
            await socket.SendAsync(Enveloped().Append(job[envelope]).Append("").Append($"{job.AsString(envelope + 2)} is done"), stop);
        }

        Message Enveloped() => envelope == 0 ? Message.Create() : Message.Of("");
    }
}
