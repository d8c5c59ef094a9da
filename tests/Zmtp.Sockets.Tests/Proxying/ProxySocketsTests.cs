using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Proxying;

/// <summary>Which sockets a proxy does not take.</summary>
public sealed class ProxySocketsTests : IDisposable
{
    private readonly ZmtpContext _context = Searched.NewContext();

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData(SocketType.Req, SocketType.Dealer)]
    [InlineData(SocketType.Router, SocketType.Rep)]
    [InlineData(SocketType.Pub, SocketType.Push)]
    [InlineData(SocketType.Sub, SocketType.XPub)]
    [InlineData(SocketType.XPub, SocketType.Pull)]
    public void Proxy_SocketsBetweenWhichNothingCanPass_AreRefused(SocketType frontend, SocketType backend)
    {
        using var one = Sut.Socket(_context, frontend);
        using var other = Sut.Socket(_context, backend);
        Assert.Throws<ArgumentException>(() => new ZmtpProxy(one, other));
    }

    [Theory]
    [InlineData(SocketType.Router)]
    [InlineData(SocketType.XPub)]
    [InlineData(SocketType.XSub)]
    public void Proxy_ACaptureThatCannotTakeCopies_IsRefused(SocketType capture)
    {
        using var pull = new PullSocket(_context);
        using var push = new PushSocket(_context);
        using var copies = Sut.Socket(_context, capture);
        Assert.Throws<ArgumentException>(() => new ZmtpProxy(pull, push, (SendingSocket)copies));
    }
}
