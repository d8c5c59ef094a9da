using System.Text;
using Xunit;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class EndpointTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:5555", "127.0.0.1", 5555)]
    [InlineData("tcp://localhost:0", "localhost", 0)]
    [InlineData("tcp://my-host.example_1:65535", "my-host.example_1", 65535)]
    [InlineData("tcp://[::1]:5555", "::1", 5555)]
    [InlineData("tcp://[fe80::1%eth0]:1", "fe80::1%eth0", 1)]
    [InlineData("tcp://[fe80::1%2]:1", "fe80::1%2", 1)]
    [InlineData("tcp://[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1)]
    [InlineData("tcp://eth0:5555", "eth0", 5555)]
    [InlineData("TCP://host:00080", "host", 80)]
    [InlineData("tcp://0xcafe.example:1", "0xcafe.example", 1)]
    [InlineData("tcp://0xcoffee:1", "0xcoffee", 1)]
    [InlineData("tcp://node.1:1", "node.1", 1)]
    public void TCP_HostAndPort_AreRead(string text, string host, int port)
    {
        var endpoint = ZmtpEndpoint.Parse(text);
        Assert.Equal(("tcp", host, (int?)port), (endpoint.Scheme, endpoint.Host, endpoint.Port));
        Assert.Equal((port == 0, false, null), (endpoint.IsWildcardPort, endpoint.IsWildcardHost, endpoint.Source));
        endpoint.ThrowIfCannotBind();
    }

    [Fact]
    public void TCP_Wildcards_AreForBindOnly()
    {
        var endpoint = ZmtpEndpoint.Parse("tcp://*:*");
        Assert.Equal(("*", true, true, (int?)0), (endpoint.Host, endpoint.IsWildcardHost, endpoint.IsWildcardPort, endpoint.Port));
        endpoint.ThrowIfCannotBind();
        Assert.Contains("all addresses", CannotConnect("tcp://*:5555"), StringComparison.Ordinal);
        Assert.Contains("bind gave back", CannotConnect("tcp://127.0.0.1:*"), StringComparison.Ordinal);
        Assert.Contains("bind gave back", CannotConnect("tcp://127.0.0.1:0"), StringComparison.Ordinal);
        Assert.Contains("bind gave back", CannotConnect("ipc://*"), StringComparison.Ordinal);
    }

    [Fact]
    public void TCP_SourceAddress_IsForConnectOnly()
    {
        var endpoint = ZmtpEndpoint.Parse("tcp://192.168.1.17:0;server:5555");
        Assert.Equal(("192.168.1.17:0", "server", (int?)5555), (endpoint.Source, endpoint.Host, endpoint.Port));
        Assert.False(endpoint.IsWildcardPort);
        endpoint.ThrowIfCannotConnect();
        Assert.Throws<ArgumentException>(endpoint.ThrowIfCannotBind);
        Assert.Equal("[::1]:7", ZmtpEndpoint.Parse("tcp://[::1]:7;[::1]:8").Source);
    }

    [Theory]
    [InlineData("", "\"://\" is missing")]
    [InlineData("tcp", "\"://\" is missing")]
    [InlineData("tcp:/127.0.0.1:1", "\"://\" is missing")]
    [InlineData("://127.0.0.1:1", "the transport before")]
    [InlineData("t p://127.0.0.1:1", "the transport before")]
    [InlineData(" tcp://127.0.0.1:1", "the transport before")]
    [InlineData("tcp://", "the address after")]
    [InlineData("tcp://127.0.0.1", "the port is missing")]
    [InlineData("tcp://[::1]", "the port is missing")]
    [InlineData("tcp://:5555", "the host is missing")]
    [InlineData("tcp://127.0.0.1:", "the port is not a number")]
    [InlineData("tcp://0x7f.1:5555", "not an IPv4 address")]
    [InlineData("tcp://127.0.0.0X1:5555", "not an IPv4 address")]
    [InlineData("tcp://0x7f000001:5555", "not an IPv4 address")]
    [InlineData("tcp://127.0.0.1:567bad", "the port is not a number")]
    [InlineData("tcp://127.0.0.1:+5", "the port is not a number")]
    [InlineData("tcp://127.0.0.1:-1", "the port is not a number")]
    [InlineData("tcp://127.0.0.1:65536", "the port is not a number")]
    [InlineData("tcp://127.0.0.1:70000", "the port is not a number")]
    [InlineData("tcp://127.0.0.1:000080", "the port is not a number")]
    [InlineData("tcp://127.0.0.1:٣", "the port is not a number")]
    [InlineData("tcp://127.0.0.1:80\0", "the port is not a number")]
    [InlineData("tcp://127.0.0.1:0\0\0", "the port is not a number")]
    [InlineData("tcp://127.0.0.1: 5555", "there is a space")]
    [InlineData("tcp://127.0.0.1:5555 ", "there is a space")]
    [InlineData("tcp://127.0.0.1:5555/a", "the port is not a number")]
    [InlineData("tcp://::1:5555", "stands in brackets")]
    [InlineData("tcp://[::1:5555", "the \"]\"")]
    [InlineData("tcp://[127.0.0.1]:5555", "not an IPv6 address")]
    [InlineData("tcp://[::1%]:5555", "the zone")]
    [InlineData("tcp://[::ffff:10.0.0.010]:5555", "not an IPv6 address")]
    [InlineData("tcp://[::ffff:010.0.0.1]:5555", "not an IPv6 address")]
    [InlineData("tcp://[::10.0.0.00]:5555", "not an IPv6 address")]
    [InlineData("tcp://[64:ff9b::10.0.0.010%eth0]:5555", "not an IPv6 address")]
    [InlineData("tcp://[::1\0]:5555", "not an IPv6 address")]
    [InlineData("tcp://[::ffff:10.0.0.1\0]:5555", "not an IPv6 address")]
    [InlineData("tcp://[::1/128]:5555", "not an IPv6 address")]
    [InlineData("tcp://300.0.0.1:5555", "not an IPv4 address")]
    [InlineData("tcp://127.1:5555", "not an IPv4 address")]
    [InlineData("tcp://127.0.0.01:5555", "not an IPv4 address")]
    [InlineData("tcp://user@host:5555", "characters that no name has")]
    [InlineData("tcp://10.0.0.1;host:5555", "in the source address")]
    [InlineData("tcp://10.0.0.1:0;", "the port is missing")]
    [InlineData("ipc://", "the address after")]
    [InlineData("ipc://@", "the name after")]
    [InlineData("ipc://a\0b", "NUL")]
    [InlineData("inproc://", "the address after")]
    public void ENDPOINT_Malformed_SaysWhatIsWrong(string text, string problem)
    {
        Assert.Contains(problem, Assert.Throws<FormatException>(() => ZmtpEndpoint.Parse(text)).Message, StringComparison.Ordinal);
        Assert.False(ZmtpEndpoint.TryParse(text, out var endpoint, out var error));
        Assert.Null(endpoint);
        Assert.EndsWith(".", error, StringComparison.Ordinal);
    }

    [Fact]
    public void IPC_Paths_AreRead()
    {
        Assert.Equal("/tmp/a", ZmtpEndpoint.Parse("ipc:///tmp/a").Path);
        Assert.Equal("rel/a b", ZmtpEndpoint.Parse("ipc://rel/a b").Path);
        Assert.Equal(("name", true), (ZmtpEndpoint.Parse("ipc://@name").Path, ZmtpEndpoint.Parse("ipc://@name").IsAbstract));
        Assert.True(ZmtpEndpoint.Parse("ipc://*").IsWildcardPort);
    }

    [Fact]
    public void IPC_PathOf107Octets_IsTheLongest()
    {
        Assert.Equal(107, ZmtpEndpoint.Parse("ipc://" + new string('a', 107)).Path.Length);
        Assert.Contains("107", Assert.Throws<FormatException>(() => ZmtpEndpoint.Parse("ipc://" + new string('a', 108))).Message, StringComparison.Ordinal);
        // 54 characters of two octets each.
        Assert.Throws<FormatException>(() => ZmtpEndpoint.Parse("ipc://" + new string('é', 54)));
    }

    [Fact]
    public void INPROC_NameOf256Characters_IsTheLongest()
    {
        Assert.Equal(256, ZmtpEndpoint.Parse("inproc://" + new string('a', 256)).Address.Length);
        Assert.Throws<FormatException>(() => ZmtpEndpoint.Parse("inproc://" + new string('a', 257)));
    }

    [Fact]
    public void ENDPOINT_UnknownTransport_IsNotLookedAt()
    {
        var endpoint = ZmtpEndpoint.Parse("Serial+x.1-y://COM1: 9600 baud;*");
        Assert.Equal(("serial+x.1-y", "COM1: 9600 baud;*"), (endpoint.Scheme, endpoint.Address));
        Assert.Equal("serial+x.1-y://COM1: 9600 baud;*", endpoint.ToString());
        endpoint.ThrowIfCannotConnect();
    }

    [Fact]
    public void ENDPOINT_Equal_WhenWrittenAlike()
    {
        Assert.Equal(ZmtpEndpoint.Parse("tcp://a:1"), ZmtpEndpoint.Parse("TCP://a:1"));
        Assert.NotEqual(ZmtpEndpoint.Parse("tcp://a:1"), ZmtpEndpoint.Parse("tcp://a:2"));
    }

    [Fact]
    public void ENDPOINT_ArbitraryText_ParsesOrThrowsFormatException()
    {
        string[] pieces =
        [
            "tcp", "ipc", "inproc", "://", ":", ";", "*", "@", "[", "]", "%", ".", "::1", "127.0.0.1", "0", "65535", "99999", "host",
            " ", "\0", "é", "\uD800", "-", "/", "1e1", "0x7f", new string('9', 30), new string('a', 120), "١",
        ];
        var random = new Random(20261123);
        for (var round = 0; round < 100_000; round++)
        {
            var text = new StringBuilder();
            for (var count = random.Next(9); count > 0; count--)
            {
                if (random.Next(8) == 0) text.Append((char)random.Next(0x10000));
                else text.Append(pieces[random.Next(pieces.Length)]);
            }
            var written = text.ToString();
            ZmtpEndpoint? endpoint = null;
            var exception = Record.Exception(() => endpoint = ZmtpEndpoint.Parse(written));
            if (exception is not null) Assert.IsType<FormatException>(exception);
            else Assert.Equal(endpoint, ZmtpEndpoint.Parse(endpoint!.ToString()));
        }
    }

    private static string CannotConnect(string text) =>
        Assert.Throws<ArgumentException>(ZmtpEndpoint.Parse(text).ThrowIfCannotConnect).Message;
}
