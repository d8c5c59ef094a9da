using System.Net;
using System.Net.Sockets;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>Peers that send faster than they are read do not keep others from being read.</summary>
[Collection(AloneCollection.Name)]
public class FastPeerTests
{
    [Fact]
    public async Task SUB_MoreFastPublishersThanThreads_OthersAreRead()
    {
        await using var context = Searched.NewContext();
        await using var sub = new SubSocket(context, Sut.Quick);
        sub.Subscribe("nobody says this");
        var endpoint = await sub.BindAsync("tcp://127.0.0.1:*");
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        var publishers = Math.Max(2, Environment.ProcessorCount) + 1;
        using var stop = new CancellationTokenSource();
        var flooding = Enumerable.Range(0, publishers).Select(_ => Blocking.RunAsync(() => Flood(endpoint, stop.Token))).ToArray();
        try
        {
            await sub.WaitForPeerAsync(TestTimeout.Default);
            for (var i = 0; i < 20; i++)
            {
                await push.SendAsync("x", TestTimeout.Token);
                await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "x");
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(flooding).WithinAsync();
        }
    }

    // The smallest frames: the reader has the most to do for each octet, so that it never comes to an end.
    private static void Flood(string endpoint, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPEndPoint.Parse(endpoint["tcp://".Length..]));
        socket.Send(Octets.Join(Octets.Greeting31(), Octets.Ready("PUB")));
        var frames = Octets.Join([.. Enumerable.Repeat(Octets.Frame("x"), 100_000)]);
        using var closing = stop.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket);
        try
        {
            while (!stop.IsCancellationRequested) socket.Send(frames);
        }
        catch (Exception e) when (stop.IsCancellationRequested && e is SocketException or ObjectDisposedException)
        {
            // That is how it ends.
        }
    }
}
