using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>The wrappers work: libzmq against libzmq.</summary>
public sealed class LibZmqWrapperTests
{
    [Fact]
    public void LIBZMQ_IsInstalled_WithCurve()
    {
        Assert.True(LibZmqContext.Version >= new Version(4, 3), $"libzmq {LibZmqContext.Version} is too old for these tests.");
        Assert.True(LibZmqContext.Has("curve"), "This libzmq was built without CURVE.");

        // Who runs them against another libzmq by LD_LIBRARY_PATH says which: a path that is wrong would leave the system's unnoticed.
        string? wanted = Environment.GetEnvironmentVariable("ZMTP_TEST_LIBZMQ");
        Assert.Equal(wanted ?? LibZmqContext.Version.ToString(), LibZmqContext.Version.ToString());
    }

    [Fact]
    public void LIBZMQ_PushToPull_DeliversMultipart()
    {
        using var context = new LibZmqContext();
        var push = context.Socket(LibZmqSocketType.Push);
        var pull = context.Socket(LibZmqSocketType.Pull);
        pull.Connect(push.Bind());

        push.Send("a", "", "c");

        Assert.Equal(["a", "", "c"], pull.ReceiveText());
    }

    [Fact]
    public void LIBZMQ_Receive_TimesOutInsteadOfHanging()
    {
        using var context = new LibZmqContext();
        var pull = context.Socket(LibZmqSocketType.Pull).Set(LibZmqOption.ReceiveTimeout, 50);
        pull.Bind();

        var e = Assert.Throws<LibZmqException>(() => pull.Receive());

        Assert.True(e.IsTimeout);
    }

    [Fact]
    public async Task LIBZMQ_MonitorOfASocketThatConnectsAgainAndAgain_TimesOutInsteadOfReadingForEver()
    {
        using var context = new LibZmqContext();
        await using var reserved = RawListener.Reserve();
        var push = context.Socket(LibZmqSocketType.Push).Set(LibZmqOption.ReconnectInterval, 1);
        using var monitor = push.Monitor();
        push.Connect(reserved.Endpoint);

        var waiting = Blocking.RunAsync(() => monitor.WaitFor(LibZmqEvent.HandshakeSucceeded, TimeSpan.FromMilliseconds(100)));

        var late = await Assert.ThrowsAsync<Xunit.Sdk.XunitException>(() => waiting.WithinAsync());
        Assert.StartsWith("libzmq did not raise HandshakeSucceeded", late.Message, StringComparison.Ordinal);
        Assert.Contains(monitor.Seen, seen => seen.Event == LibZmqEvent.ConnectRetried);
    }

    [Fact]
    public void LIBZMQ_CurveWithZapHandler_ShowsUserId()
    {
        using var context = new LibZmqContext();
        using var handler = LibZmqZapHandler.Answering(context, "200", "joe");
        var clientKeys = LibZmqKeys.Generate();
        var server = context.Socket(LibZmqSocketType.Pull).CurveServer(LibZmqKeys.TestServer, "global");
        var client = context.Socket(LibZmqSocketType.Push).CurveClient(clientKeys, LibZmqKeys.TestServer.Public);
        client.Connect(server.Bind());

        client.Send("hello");
        var message = server.Receive("User-Id", "Socket-Type");

        Assert.Equal(["hello"], message.Text);
        Assert.Equal("joe", message.UserId);
        Assert.Equal("PUSH", message.Properties["Socket-Type"]);
        var request = Assert.Single(handler.Requests);
        Assert.Equal(["1.0", "1", "global", "127.0.0.1", "", "CURVE"], request.Text[..6]);
        Assert.Equal(32, request.Frames[6].Length);
    }

    [Theory]
    [InlineData("400", 400u)]
    [InlineData("500", 500u)]
    public void LIBZMQ_ClientRefusedByZap_SeesTheCode(string status, uint code)
    {
        using var context = new LibZmqContext();
        using var handler = LibZmqZapHandler.Answering(context, status);
        var server = context.Socket(LibZmqSocketType.Pull).PlainServer("global");
        string endpoint = server.Bind();
        var client = context.Socket(LibZmqSocketType.Push).PlainClient("admin", "wrong");
        using var monitor = client.Monitor();
        client.Connect(endpoint);

        Assert.Equal(code, monitor.WaitFor(LibZmqEvent.HandshakeFailedAuth));
    }

    [Fact]
    public void LIBZMQ_DealerToRouter_CarriesRoutingId()
    {
        using var context = new LibZmqContext();
        var router = context.Socket(LibZmqSocketType.Router);
        var dealer = context.Socket(LibZmqSocketType.Dealer).Set(LibZmqOption.RoutingId, "ABC");
        dealer.Connect(router.Bind());

        dealer.Send("hello");

        Assert.Equal(["ABC", "hello"], router.ReceiveText());
    }
}
