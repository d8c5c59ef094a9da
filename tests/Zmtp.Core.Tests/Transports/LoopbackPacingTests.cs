using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class LoopbackPacingTests
{
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
    public void Pacing_BothEnds_ConcernsOneMachine(string local, string remote, bool concerns) =>
        Assert.Equal(concerns, LoopbackPacing.Concerns(IPAddress.Parse(local), IPAddress.Parse(remote)));

    [LinuxFact]
    public void Pacing_OfThatKind_IsReplaced()
    {
        using var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);

        LoopbackPacing.TurnOff(socket, Encoding.ASCII.GetBytes(NameOf(socket)));

        Assert.Equal("reno", NameOf(socket));
    }

    [LinuxFact]
    public void Pacing_OfAnotherKind_Stays()
    {
        using var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        var before = NameOf(socket);

        LoopbackPacing.TurnOff(socket, "none"u8);

        Assert.Equal(before, NameOf(socket));
    }

    // A listening socket's is inherited; one on all addresses gets a peer first and the knowledge where it is then.
    [LinuxFact]
    public async Task Pacing_ConnectionsOfThisMachine_AreNotPaced()
    {
        foreach (var (bind, host) in new[]
            { ("127.0.0.1", "127.0.0.1"), ("[::1]", "[::1]"), ("*", "127.0.0.1"), ("*", "[::1]"), ("0.0.0.0", "127.0.0.1") })
        {
            await using var listener = await TcpTransport.Instance.ListenAsync(
                ZmtpEndpoint.Parse($"tcp://{bind}:*"), TransportOptions.Default, default);
            var accepting = listener.AcceptAsync(default).AsTask();
            await using var client = await TcpTransport.Instance.ConnectAsync(
                ZmtpEndpoint.Parse($"tcp://{host}:{listener.Endpoint.Port}"), TransportOptions.Default, default);
            await using var server = await accepting.WaitAsync(Limit);

            Assert.DoesNotContain("bbr", NameOf(((SocketConnection)client).Socket), StringComparison.Ordinal);
            Assert.DoesNotContain("bbr", NameOf(((SocketConnection)server).Socket), StringComparison.Ordinal);
        }
    }

    private static string NameOf(Socket socket)
    {
        Span<byte> name = stackalloc byte[16];
        return Encoding.ASCII.GetString(LoopbackPacing.Name(socket, name));
    }
}
