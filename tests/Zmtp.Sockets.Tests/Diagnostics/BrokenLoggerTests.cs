using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>A log or a handler of the application that throws changes nothing of what a socket does.</summary>
public sealed class BrokenLoggerTests
{
    [Fact]
    public async Task SOCKET_LoggerThatThrows_RefusesAndServesAsAlways()
    {
        using var logger = new BrokenLogger();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = logger });
        await using var server = new PullSocket(context, Sut.Quick);
        var events = new EventLog(server);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        await using (var stranger = await RawPeer.ConnectAsync(endpoint))
        {
            await stranger.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            await events.NextAsync(SocketEventKind.HandshakeFailed);
        }

        await using var client = new PushSocket(context, Sut.Quick);
        client.Connect(endpoint);
        await client.SendAsync("hello").WithinAsync();
        Assert.Equal("hello", await server.NextAsync());
        Assert.NotEqual(0, logger.Calls);
    }

    [Fact]
    public async Task SOCKET_ServerThatIsNotThereYetAndLoggerThatThrows_IsTriedAgain()
    {
        using var logger = new BrokenLogger();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = logger });
        string endpoint;
        await using (var gone = new PullSocket(context, Sut.Quick)) endpoint = await gone.BindAsync("tcp://127.0.0.1:*");
        await using var client = new PushSocket(context, Sut.Quick);
        var events = new EventLog(client);
        client.Connect(endpoint);
        await events.NextAsync(SocketEventKind.ConnectRetried);
        await using var server = new PullSocket(context, Sut.Quick);
        await server.BindAsync(endpoint);
        await client.WaitForPeerAsync(TestTimeout.Default);
        Assert.NotEqual(0, logger.Calls);
    }

    [Fact]
    public async Task EVENT_HandlerThatThrows_KeepsTheNextFromNothing()
    {
        await using var context = Searched.NewContext();
        await using var socket = new PullSocket(context, Sut.Quick);
        socket.Event += static (_, _) => throw new InvalidOperationException("first handler");
        var events = new EventLog(socket);
        await socket.BindAsync("tcp://127.0.0.1:*");
        await events.NextAsync(SocketEventKind.Listening);
    }
}
