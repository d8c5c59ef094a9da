using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>What the dealers have in common: one connection that is always there, and clients that come with a message.</summary>
internal abstract class DealerHalf : CaseHalf
{
    protected DealerHalf(Options options, Link link, ZmtpContext context)
        : base(options, link, context) => Body = NewBody();

    protected override bool IsMeasurer => true;

    /// <summary>What a client sends: message 0.</summary>
    protected byte[] Body { get; }

    protected DealerSocket Socket { get; private set; } = null!;

    protected override void Prepare()
    {
        Socket = NewSocket();
        Attach(Socket);
    }

    protected DealerSocket NewSocket() => Open(static (context, options) => new DealerSocket(context, options));

    /// <summary>A client comes: a socket, a connection, a message.</summary>
    protected DealerSocket OpenClient()
    {
        var client = NewSocket();
        client.Connect(Endpoint);
        client.Send(Body);
        return client;
    }

    /// <inheritdoc cref="OpenClient"/>
    protected async Task<DealerSocket> OpenClientAsync(CancellationToken cancellation)
    {
        var client = NewSocket();
        await client.ConnectAsync(Endpoint, cancellation);
        await client.SendAsync(Body, cancellation);
        return client;
    }

    protected void ReceiveEcho(DealerSocket client)
    {
        using var echo = client.Receive(EchoLimit);
        CheckEcho(echo);
    }

    protected async Task ReceiveEchoAsync(DealerSocket client, CancellationToken cancellation)
    {
        using var echo = await client.ReceiveAsync(cancellation);
        CheckEcho(echo);
    }

    /// <summary>How long the last of many clients may have to wait.</summary>
    protected static TimeSpan EchoLimit => Patience * 2;

    private void CheckEcho(Message echo)
    {
        if (echo.Span.Length != Body.Length)
        {
            throw new MeasurementException($"an echo of {echo.Span.Length} octets came instead of {Body.Length}");
        }

        if (Options.Verify) NumberedBody.Check(echo.Span, 0);
    }
}
