using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class TcpAddressesTests
{
    // 97: a service that may not open a socket of netlink, by which the system lists its interfaces.
    private static readonly Func<NetworkInterface[]> Unlisted = static () => throw new NetworkInformationException(97);

    // A process without descriptors: the runtime reads files of the system besides.
    private static readonly Func<NetworkInterface[]> Unread = static () => throw new IOException("Too many open files");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TCP_InterfacesThatCannotBeListed_AreNotThere(bool isFile) => Assert.Null(TcpAddresses.OfInterface("eth0", isFile ? Unread : Unlisted));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TCP_ZoneByNameWhereInterfacesCannotBeListed_SaysSoAndWhatToDo(bool isFile)
    {
        var error = Assert.Throws<SocketException>(() => TcpAddresses.ZoneNumber("eth0", isFile ? Unread : Unlisted));
        Assert.Contains("eth0", error.Message, StringComparison.Ordinal);
        Assert.Contains("number", error.Message, StringComparison.Ordinal);
        Assert.Contains(error.Message, SocketFaults.CannotBind(ZmtpEndpoint.Parse("tcp://[fe80::1%eth0]:1"), error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TCP_ZoneByNumber_AsksNobody() => Assert.Equal(7, TcpAddresses.ZoneNumber("7", Unlisted));

    [Fact]
    public void TCP_ZoneByNumberWithNulsBehindIt_IsNone() =>
        Assert.Equal(
            SocketError.AddressNotAvailable, Assert.Throws<SocketException>(() => TcpAddresses.ZoneNumber("7\0", static () => [])).SocketErrorCode);

    [Theory]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1")]
    [InlineData("::ffff:7f00:2", "127.0.0.2")]
    [InlineData("::ffff:0.0.0.0", "127.0.0.1")]
    [InlineData("::ffff:127.0.0.1%1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    public async Task TCP_IPv4MappedAddress_IsOneOfIPv4(string host, string remote)
    {
        Assert.Equal(IPAddress.Parse(remote), TcpAddresses.RemoteLiteral(host));
        var local = Assert.Single(await TcpAddresses.LocalAsync(Unasked, host, TestTimeout.Token));
        Assert.False(local.IsIPv4MappedToIPv6);
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:*", "[::ffff:127.0.0.1]")]
    [InlineData("tcp://[::ffff:127.0.0.1]:*", "127.0.0.1")]
    public async Task TCP_IPv4MappedAddress_IsBoundAndConnectedTo(string bound, string host)
    {
        await using var listener = await TcpTransport.Instance.ListenAsync(
            ZmtpEndpoint.Parse(bound), TransportOptions.Default, TestTimeout.Token);
        Assert.Equal("127.0.0.1", listener.Endpoint.Host);
        await using var client = await TcpTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse($"tcp://{host}:{listener.Endpoint.Port}"), TransportOptions.Default, TestTimeout.Token);
        await using var server = await listener.AcceptAsync(TestTimeout.Token);
        Assert.Equal(listener.Endpoint.ToString(), client.RemoteEndpoint);
    }

    private static NameLookup Unasked => new(static name => throw new InvalidOperationException($"The name service was asked for {name}."));
}
