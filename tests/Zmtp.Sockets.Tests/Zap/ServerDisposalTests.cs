using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

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
}
