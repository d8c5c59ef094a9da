using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>What a ZAP request leaves in memory. The memory of messages is used again: by another test at once, if one runs beside it.</summary>
[Collection(AloneCollection.Name)]
public class ErasedRequestTests
{
    [Fact]
    public async Task ZAP_ServedAuthenticator_NoPasswordIsLeftInTheRequest()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("PLAIN")));
        ReadOnlyMemory<byte> password = default;
        var length = 0;
        sut.Keep(await sut.Context.ServeZapAsync(new FunctionAuthenticator(request =>
        {
            password = request.Credentials[1];
            length = password.Span.TrimStart((byte)0).Length;
            return Task.FromResult(AuthenticationResult.Denied("No."));
        })));
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.PressAsync(raw, "PLAIN");

        await client.ExpectShutOutAsync(Octets.Error400);
        Assert.NotEqual(0, length);
        Assert.Equal(new byte[length], password.ToArray());
    }

    /// <summary>What nobody takes, at an endpoint where there is no handler but a socket of another type.</summary>
    [Fact]
    public async Task ZAP_RequestThatIsNotSent_NoPasswordIsLeftInIt()
    {
        await using var context = Searched.NewContext();
        await using var nobody = new DealerSocket(context, Sut.Quick);
        using var giveUp = new CancellationTokenSource();
        var message = Message.Create();
        var sending = InprocZapChannel.SendAsync(nobody, message, [Octets.Text("password")], giveUp.Token).AsTask();
        var password = message[1];
        Assert.Equal("password", Octets.ToText(password.Span));

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WithinAsync());
        Assert.Equal(new byte[password.Length], password.ToArray());
        Assert.Throws<ObjectDisposedException>(() => message.FrameCount);
    }

    /// <summary>The handler has left, or was never there, when the socket closes.</summary>
    [Fact]
    public async Task ZAP_RequestThatIsQueuedWhenItsSocketCloses_NoPasswordIsLeftInIt()
    {
        await using var context = Searched.NewContext();
        await using var dealer = new DealerSocket(context, Sut.Quick);
        var pipe = new Pipe(dealer, ZapHandler.Endpoint, outlivesConnection: true);
        var message = Message.Of("password");
        var password = message[0];
        Assert.True(pipe.TrySend(message.Buffer));
        Assert.Equal("password", Octets.ToText(password.Span));

        pipe.Close();

        Assert.Equal(new byte[password.Length], password.ToArray());
    }

    /// <summary>The handler is the application's, and closes while it has not received all.</summary>
    [Fact]
    public async Task ZAP_RequestThatWaitsWhenTheHandlersSocketCloses_NoPasswordIsLeftInIt()
    {
        await using var context = Searched.NewContext();
        await using var handler = new DealerSocket(context, Sut.Quick);
        await handler.BindAsync(ZapHandler.Endpoint);
        await using var dealer = new DealerSocket(context, Sut.Quick);
        dealer.Connect(ZapHandler.Endpoint);
        var message = Message.Of("password");
        var password = message[0];
        await dealer.SendAsync(message).WithinAsync();
        Assert.True(await handler.WaitToReceiveAsync(TestTimeout.Token));
        Assert.Equal("password", Octets.ToText(password.Span));

        await handler.DisposeAsync().WithinAsync();

        Assert.Equal(new byte[password.Length], password.ToArray());
    }

    /// <summary>A delimiter that is missing, or comes late: what a DEALER sends that does not know of it.</summary>
    [Theory]
    [InlineData("alice")]
    [InlineData("")]
    public async Task ZAP_RequestWithoutADelimiterInFront_IsToldAndNoPasswordIsLeftInIt(string identity)
    {
        using var log = new LogRecords();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        Message request = default;
        ReadOnlyMemory<byte> password = default;
        await using var service = await ZapServer.StartAsync(
            context,
            FixedVerdict.Success,
            taken =>
            {
                request = taken;
                password = taken[taken.FrameCount - 1];
                return [.. taken];
            },
            TestTimeout.Token);
        await using var dealer = new DealerSocket(context, Sut.Quick);
        dealer.Connect(ZapHandler.Endpoint);

        await dealer.SendAsync(Message.Of("1.0", "1", "test", "127.0.0.1", identity, "PLAIN", "user", "password")).WithinAsync();

        await log.NextAsync(2701);
        request.ExpectGivenBack();
        Assert.Equal(new byte[8], password.ToArray());
    }
}
