using System.Net.Sockets;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class UnlockedFileTests
{
    [UnixFact]
    public void FILE_Socket_IsNoFile()
    {
        using var directory = new TemporaryDirectory();
        using var socket = new Socket(AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(directory["socket"]));
        Assert.Throws<NotAFileException>(() => UnlockedFile.Open(directory["socket"]));
    }
}
