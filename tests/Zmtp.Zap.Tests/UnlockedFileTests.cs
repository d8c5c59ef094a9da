using System.Net.Sockets;

namespace Zmtp.Zap.Tests;

public sealed class UnlockedFileTests
{
    [Fact]
    public void FILE_Socket_IsNoFile()
    {
        if (OperatingSystem.IsWindows()) return;
        using var directory = new TemporaryDirectory();
        using var socket = new Socket(AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(directory["socket"]));
        Assert.Throws<NotAFileException>(() => UnlockedFile.Open(directory["socket"]));
    }
}
