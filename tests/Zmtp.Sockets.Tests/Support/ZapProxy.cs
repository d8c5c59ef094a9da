using Xunit;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A ZAP proxy of RFC 27: a ROUTER towards the servers, a DEALER towards the handler, and <see cref="ZmtpProxy"/> between them.</summary>
internal sealed class ZapProxy : IAsyncDisposable
{
    private readonly RouterSocket _front;
    private readonly DealerSocket _back;
    private Task _running = Task.CompletedTask;

    private ZapProxy(RouterSocket front, DealerSocket back)
    {
        _front = front;
        _back = back;
    }

    /// <summary>Where servers find the proxy.</summary>
    public string Endpoint { get; private set; } = "";

    public static async Task<ZapProxy> StartAsync(ZmtpContext frontContext, string bind, ZmtpContext backContext, string connect)
    {
        var proxy = new ZapProxy(new RouterSocket(frontContext, Sut.Quick), new DealerSocket(backContext, Sut.Quick));
        proxy._back.Connect(connect);
        proxy.Endpoint = await proxy._front.BindAsync(bind);
        proxy._running = ZmtpProxy.RunAsync(proxy._front, proxy._back);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _front.DisposeAsync();
        await _back.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _running.WithinAsync());
    }
}
