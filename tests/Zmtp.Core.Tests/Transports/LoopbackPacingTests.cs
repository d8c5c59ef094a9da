using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class LoopbackPacingTests
{
    private const string Unpaced = "reno";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.2", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("2001:db8::1", false)]
    public void Pacing_Remote_ConcernsLoopback(string remote, bool concerns) =>
        Assert.Equal(concerns, LoopbackPacing.Concerns(IPAddress.Parse(remote)));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8::1", "2001:db8::2", false)]
    public void Pacing_BothEnds_ConcernsTheSameAddress(string local, string remote, bool concerns) =>
        Assert.Equal(concerns, LoopbackPacing.Concerns(IPAddress.Parse(local), IPAddress.Parse(remote)));

    [LinuxFact]
    public void Pacing_OfAnotherKind_Stays()
    {
        using var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        var before = NameOf(socket);

        LoopbackPacing.TurnOff(socket, new TransportOptions { PacingKind = "none"u8.ToArray() });

        Assert.Equal(before, NameOf(socket));
    }

    // A listening socket's is inherited; one on all addresses gets a peer first and the knowledge where it is then. The machine's own may be any kind, so
    // that kind is the one that is taken to pace.
    [LinuxFact]
    public async Task Pacing_ConnectionsOverLoopback_AreNotPaced()
    {
        var options = new TransportOptions { PacingKind = Encoding.ASCII.GetBytes(NameOfTheSystem()) };
        List<(string Bind, string Host)> ways =
            [("127.0.0.1", "127.0.0.1"), ("[::1]", "[::1]"), ("*", "127.0.0.1"), ("*", "[::1]"), ("0.0.0.0", "127.0.0.1")];

        // From an address of its own to the same one, where the machine has another than those of loopback.
        ways.AddRange(OwnAddresses().Select(static address => ("*", address.ToString())));
        foreach (var (bind, host) in ways)
        {
            var (client, server) = await NamesAsync(bind, host, options);

            Assert.Equal((bind, host, ExpectedUnpaced(), ExpectedUnpaced()), (bind, host, client, server));
        }
    }

    [LinuxFact]
    public async Task Pacing_NoneOfThatKind_ConnectionsHaveTheSystems()
    {
        var (client, server) = await NamesAsync("127.0.0.1", "127.0.0.1", new TransportOptions { PacingKind = "none"u8.ToArray() });

        Assert.Equal((NameOfTheSystem(), NameOfTheSystem()), (client, server));
    }

    [Fact]
    public void Pacing_Unsaid_IsBbr() => Assert.Equal("bbr"u8.ToArray(), TransportOptions.Default.PacingKind);

    private static async Task<(string Client, string Server)> NamesAsync(string bind, string host, TransportOptions options)
    {
        await using var listener = await TcpTransport.Instance.ListenAsync(ZmtpEndpoint.Parse($"tcp://{bind}:*"), options, default);
        var accepting = listener.AcceptAsync(default).AsTask();
        await using var client = await TcpTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse($"tcp://{host}:{listener.Endpoint.Port}"), options, default);
        await using var server = await accepting.WaitAsync(Limit);
        return (NameOf(((SocketConnection)client).Socket), NameOf(((SocketConnection)server).Socket));
    }

    private static IEnumerable<IPAddress> OwnAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(static card => card.OperationalStatus == OperationalStatus.Up)
            .SelectMany(static card => card.GetIPProperties().UnicastAddresses)
            .Select(static unicast => unicast.Address)
            .Where(static address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
            .Take(1);

    // What an administrator does not allow stays as it is.
    private static string ExpectedUnpaced()
    {
        using var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        try
        {
            socket.SetRawSocketOption(6, 13, Encoding.ASCII.GetBytes(Unpaced));
        }
        catch (SocketException)
        {
            // As below: the system's.
        }

        return NameOf(socket);
    }

    private static string NameOfTheSystem()
    {
        using var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        return NameOf(socket);
    }

    private static string NameOf(Socket socket)
    {
        Span<byte> name = stackalloc byte[16];
        return Encoding.ASCII.GetString(LoopbackPacing.Name(socket, name));
    }
}
