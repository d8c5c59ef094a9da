using System.Net;
using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Transports;

public class SocketAcceptTests
{
    [Fact]
    public async Task Accept_TheSystemRefusesASetting_IsTold()
    {
        using var listener = Listener();
        using var accept = NewAccept(listener);
        using var client = await ConnectAsync(listener);

        var error = await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => accept.AcceptAsync((_, _) => throw new SocketException((int)SocketError.NoBufferSpaceAvailable), TestTimeout.Token).WithinAsync());

        Assert.Contains("no memory left", error.Message, StringComparison.Ordinal);
        Assert.True(error.MayRetry);
        Assert.Equal(0, await client.ReceiveAsync(new byte[1], TestTimeout.Token));
    }

    [Theory]
    [InlineData(SocketError.NotConnected)]
    [InlineData(SocketError.InvalidArgument)]
    [InlineData(SocketError.ConnectionReset)]
    public async Task Accept_ThePeerIsGone_TheNextOneIsAccepted(SocketError gone)
    {
        using var listener = Listener();
        using var accept = NewAccept(listener);
        using var first = await ConnectAsync(listener);
        using var second = await ConnectAsync(listener);
        var (expected, other) = InMemoryConnection.CreatePair();
        await using var here = expected;
        await using var there = other;
        var calls = 0;

        var accepted = await accept.AcceptAsync(
            (socket, waits) =>
            {
                if (++calls == 1) throw new SocketException((int)gone);
                socket.Dispose();
                waits.End();
                return expected;
            },
            TestTimeout.Token).WithinAsync();

        Assert.Same(expected, accepted);
        Assert.Equal(0, await first.ReceiveAsync(new byte[1], TestTimeout.Token));
    }

    /// <summary>Whoever tells sockets of events would keep it for ever.</summary>
    [Fact]
    public async Task Accept_NoConnectionCanBeMadeOfIt_ItsWaitsHaveEnded()
    {
        using var listener = Listener();
        using var accept = NewAccept(listener);
        using var client = await ConnectAsync(listener);
        SocketWaits? left = null;

        await Assert.ThrowsAsync<OutOfMemoryException>(() => accept.AcceptAsync(
            (socket, waits) =>
            {
                left = waits;
                _ = new byte[int.MaxValue];
                return null!;
            },
            TestTimeout.Token).WithinAsync());

        // A wait that was not ended does not learn that the socket is closed.
        Assert.True(left!.ReadableAsync().AsTask().IsCompleted);
    }

    private static SocketAccept NewAccept(Socket listener) =>
        new(listener, ZmtpEndpoint.Parse("tcp://127.0.0.1:*"), TransportOptions.Default);

    private static Socket Listener()
    {
        var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static async Task<Socket> ConnectAsync(Socket listener)
    {
        var socket = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, TestTimeout.Token);
        return socket;
    }
}
