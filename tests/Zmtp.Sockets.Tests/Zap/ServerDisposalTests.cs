using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>The end of an authenticator's service.</summary>
public sealed class ServerDisposalTests
{
    [Fact]
    public async Task ZAP_ServiceIsDisposedMoreThanOnce_IsOverAndNothingIsThrown()
    {
        await using var context = Searched.NewContext();
        var service = await context.ServeZapAsync(FixedVerdict.Success);

        await Task.WhenAll(service.DisposeAsync().AsTask(), service.DisposeAsync().AsTask()).WithinAsync();
        await service.DisposeAsync().WithinAsync();

        await using var next = await context.ServeZapAsync(FixedVerdict.Success);
    }

    [Fact]
    public async Task ZAP_AuthenticatorThatWasDisposedOf_IsNotTaken()
    {
        await using var context = Searched.NewContext();
        var authenticator = new Authenticator(Searched.Log);
        authenticator.Dispose();

        Assert.Throws<ObjectDisposedException>(() => context.Use(authenticator));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => context.ServeZapAsync(authenticator).AsTask().WithinAsync());
        Assert.Null(context.Authenticator);
    }
}
