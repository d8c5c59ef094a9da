using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A ZAP proxy of RFC 27: a ROUTER towards the servers, a DEALER towards the handler, whole messages both ways.</summary>
internal sealed class ZapProxy : IAsyncDisposable
{
    private readonly RouterSocket _front;
    private readonly DealerSocket _back;
    private Task _pumps = Task.CompletedTask;

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
        proxy._pumps = Task.WhenAll(
            Task.Run(() => PumpAsync(proxy._front, proxy._back)), Task.Run(() => PumpAsync(proxy._back, proxy._front)));
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _front.DisposeAsync();
        await _back.DisposeAsync();
        await _pumps.WithinAsync();
    }

    private static async Task PumpAsync(DuplexSocket from, DuplexSocket to)
    {
        try
        {
            while (true) await to.SendAsync(await from.ReceiveAsync());
        }
        catch (ObjectDisposedException)
        {
            // The proxy ends.
        }
    }
}
