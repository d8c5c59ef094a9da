using System.Net.NetworkInformation;
using System.Net.Sockets;
using Xunit;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class TcpAddressesTests
{
    // 97: a service that may not open a socket of netlink, by which the system lists its interfaces.
    private static readonly Func<NetworkInterface[]> Unlisted = static () => throw new NetworkInformationException(97);

    [Fact]
    public void TCP_InterfacesThatCannotBeListed_AreNotThere() => Assert.Null(TcpAddresses.OfInterface("eth0", Unlisted));

    [Fact]
    public void TCP_ZoneByNameWhereInterfacesCannotBeListed_SaysSoAndWhatToDo()
    {
        var error = Assert.Throws<SocketException>(() => TcpAddresses.ZoneNumber("eth0", Unlisted));
        Assert.Contains("eth0", error.Message, StringComparison.Ordinal);
        Assert.Contains("number", error.Message, StringComparison.Ordinal);
        Assert.Contains(error.Message, SocketFaults.CannotBind(ZmtpEndpoint.Parse("tcp://[fe80::1%eth0]:1"), error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TCP_ZoneByNumber_AsksNobody() => Assert.Equal(7, TcpAddresses.ZoneNumber("7", Unlisted));
}
