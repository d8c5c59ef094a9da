using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Endpoints;
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
}
