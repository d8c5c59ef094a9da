using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Xunit;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class TcpTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task TCP_BindPortZero_RealPortComesBack()
    {
        await using var listener = await ListenAsync("tcp://127.0.0.1:0");
        Assert.InRange(listener.Endpoint.Port!.Value, 1, 65535);
        Assert.Equal($"tcp://127.0.0.1:{listener.Endpoint.Port}", listener.Endpoint.ToString());
    }

    [Fact]
    public async Task TCP_Endpoints_NameBothSides()
    {
        await using var listener = await ListenAsync("tcp://127.0.0.1:*");
        var (client, server) = await ConnectAsync(listener, listener.Endpoint.ToString());
        await using (client)
        await using (server)
        {
            Assert.Equal(listener.Endpoint.ToString(), client.RemoteEndpoint);
            Assert.Equal(listener.Endpoint.ToString(), server.LocalEndpoint);
            Assert.Equal(client.LocalEndpoint, server.RemoteEndpoint);
            Assert.Equal(("127.0.0.1", "127.0.0.1"), (client.PeerAddress, server.PeerAddress));
        }
    }

    [Fact]
    public async Task TCP_IPv6Loopback_Connects()
    {
        await using var listener = await ListenAsync("tcp://[::1]:*");
        Assert.Equal($"tcp://[::1]:{listener.Endpoint.Port}", listener.Endpoint.ToString());
        var (client, server) = await ConnectAsync(listener, listener.Endpoint.ToString());
        await using (client)
        await using (server)
        {
            Assert.Equal("::1", server.PeerAddress);
            Assert.StartsWith("tcp://[::1]:", server.RemoteEndpoint, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("tcp://*:*", "127.0.0.1")]
    [InlineData("tcp://[::]:*", "[::1]")]
    public async Task TCP_WildcardHost_TakesIPv6AndIPv4AndNamesLoopback(string wildcard, string host)
    {
        await using var listener = await ListenAsync(wildcard);
        var port = listener.Endpoint.Port;
        Assert.Equal($"tcp://{host}:{port}", listener.Endpoint.ToString());
        foreach (var (to, address) in new[] { ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("0.0.0.0", "127.0.0.1"), ("[::]", "::1") })
        {
            var (client, server) = await ConnectAsync(listener, $"tcp://{to}:{port}");
            await using (client)
            await using (server)
            {
                // An IPv4 peer has its IPv4 address, though the socket is one of IPv6.
                Assert.Equal(address, server.PeerAddress);
            }
        }
    }

    [Fact]
    public async Task TCP_AnyIPv4_NamesLoopback()
    {
        await using var listener = await ListenAsync("tcp://0.0.0.0:*");
        Assert.Equal($"tcp://127.0.0.1:{listener.Endpoint.Port}", listener.Endpoint.ToString());
    }

    [Fact]
    public async Task TCP_Name_IsResolvedToBindAndToConnect()
    {
        await using var listener = await ListenAsync("tcp://localhost:*");
        var (client, server) = await ConnectAsync(listener, $"tcp://localhost:{listener.Endpoint.Port}");
        await using (client)
        await using (server)
        {
            Assert.Equal("127.0.0.1", server.PeerAddress);
        }
    }

    [Fact]
    public async Task TCP_InterfaceName_BindsItsAddress()
    {
        var name = OperatingSystem.IsLinux() ? "lo" : "lo0";
        await using var listener = await ListenAsync($"tcp://{name}:*");
        Assert.Equal("127.0.0.1", listener.Endpoint.Host);
    }

    [Fact]
    public async Task TCP_SourceAddress_IsWhatThePeerSees()
    {
        await using var listener = await ListenAsync("tcp://*:*");
        var (client, server) = await ConnectAsync(listener, $"tcp://127.0.0.2:0;127.0.0.1:{listener.Endpoint.Port}");
        await using (client)
        await using (server)
        {
            Assert.Equal("127.0.0.2", server.PeerAddress);
        }
    }

    [Fact]
    public async Task TCP_ConnectToItself_IsRefusedAndMayBeRetried()
    {
        int port;
        await using (var listener = await ListenAsync("tcp://127.0.0.1:*")) port = listener.Endpoint.Port!.Value;
        // With the source port that is the target's, TCP's simultaneous open connects the socket with itself.
        var endpoint = ZmtpEndpoint.Parse($"tcp://127.0.0.1:{port};127.0.0.1:{port}");
        var exception = await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => TcpTransport.Instance.ConnectAsync(endpoint, TransportOptions.Default, default).AsTask().WaitAsync(Limit));
        Assert.True(exception.MayRetry);
    }

    [Fact]
    public async Task TCP_NobodyAnswers_EndsAtTheConnectTimeout()
    {
        using var deaf = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(1);
        var endpoint = ZmtpEndpoint.Parse($"tcp://127.0.0.1:{((IPEndPoint)deaf.LocalEndPoint!).Port}");
        var options = TransportOptions.Default with { ConnectTimeout = TimeSpan.FromMilliseconds(300) };
        ZmtpEndpointException? late = null;
        var connections = new List<TransportConnection>();
        // The queue of a listener that never accepts fills up; then nothing answers any more.
        for (var attempt = 0; attempt < 20 && late is null; attempt++)
        {
            try
            {
                connections.Add(await TcpTransport.Instance.ConnectAsync(endpoint, options, default).AsTask().WaitAsync(Limit));
            }
            catch (ZmtpEndpointException exception)
            {
                late = exception;
            }
        }
        foreach (var connection in connections) await connection.DisposeAsync();
        Assert.NotNull(late);
        Assert.Contains("no answer in time", late.Message, StringComparison.Ordinal);
        Assert.True(late.MayRetry);
    }

    [Fact]
    public async Task TCP_ConnectCanceled_ThrowsOperationCanceled()
    {
        await using var listener = await ListenAsync("tcp://127.0.0.1:*");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => TcpTransport.Instance.ConnectAsync(listener.Endpoint, TransportOptions.Default, new CancellationToken(true)).AsTask());
    }

    [Fact]
    public async Task TCP_BindAddressOfAnotherMachine_SaysSo()
    {
        // 192.0.2.0/24 is for documentation (RFC 5737).
        var exception = await Assert.ThrowsAsync<ZmtpEndpointException>(() => ListenAsync("tcp://192.0.2.1:*"));
        Assert.Contains("does not have that address", exception.Message, StringComparison.Ordinal);
        Assert.Equal((FaultOrigin.Caller, false), (exception.Origin, exception.MayRetry));
    }

    [Fact]
    public async Task TCP_WrongUseOfWildcards_IsAnArgumentError()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => TcpTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse("tcp://*:5555"), TransportOptions.Default, default).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => ListenAsync("tcp://127.0.0.1:0;127.0.0.1:0"));
    }

    [Fact]
    public async Task TCP_Options_ReachTheSocket()
    {
        var options = new TransportOptions
        {
            SendBufferSize = 32 * 1024, ReceiveBufferSize = 48 * 1024, KeepAlive = TimeSpan.FromSeconds(77),
        };
        await using var listener = await TcpTransport.Instance.ListenAsync(ZmtpEndpoint.Parse("tcp://127.0.0.1:*"), options, default);
        await using var client = await TcpTransport.Instance.ConnectAsync(listener.Endpoint, options, default);
        await using var server = await listener.AcceptAsync(default).AsTask().WaitAsync(Limit);
        foreach (var connection in new[] { client, server })
        {
            var socket = SocketOf(connection);
            Assert.True(socket.NoDelay);
            Assert.Equal(77, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
            Assert.NotEqual(0, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
            // Linux doubles what it is asked for.
            Assert.Contains(socket.SendBufferSize, new[] { 32 * 1024, 64 * 1024 });
            Assert.Contains(socket.ReceiveBufferSize, new[] { 48 * 1024, 96 * 1024 });
        }
    }

    [Theory]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("2001:db8::1%5", "2001:db8::1")]
    [InlineData("fe80::1%5", "fe80::1%5")]
    public void TCP_PeerAddress_HasOneTextPerPeer(string address, string text) =>
        Assert.Equal(text, TcpAddresses.ToText(IPAddress.Parse(address)));

    private static Socket SocketOf(TransportConnection connection) =>
        (Socket)typeof(SocketConnection).GetField("_socket", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(connection)!;

    private static async Task<TransportListener> ListenAsync(string endpoint) =>
        await TcpTransport.Instance.ListenAsync(ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, default).AsTask().WaitAsync(Limit);

    private static async Task<(TransportConnection Client, TransportConnection Server)> ConnectAsync(TransportListener listener, string endpoint)
    {
        var client = await TcpTransport.Instance.ConnectAsync(ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, default)
            .AsTask().WaitAsync(Limit);
        return (client, await listener.AcceptAsync(default).AsTask().WaitAsync(Limit));
    }
}
