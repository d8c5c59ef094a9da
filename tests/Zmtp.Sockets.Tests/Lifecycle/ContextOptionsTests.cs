using Xunit;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

public class ContextOptionsTests
{
    [Fact]
    public void Transports_TwoOfOneScheme_AreRefusedByName()
    {
        var options = new ZmtpContextOptions { Transports = [TcpTransport.Instance, IpcTransport.Instance, TcpTransport.Instance] };

        var error = Assert.Throws<ArgumentException>(() => Searched.NewContext(options));
        Assert.Equal("ZmtpContextOptions.Transports has two transports of the scheme \"tcp\". Give each scheme one.", error.Message);
    }
}
