using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A token that was cancelled before: the socket has no more endpoints afterwards than it had.</summary>
public class CancelledEndpointTests
{
    [Theory]
    [InlineData("inproc://cancelled")]
    [InlineData("tcp://127.0.0.1:*")]
    [InlineData("ipc://*")]
    public async Task BindAsync_TokenCancelledAlready_DoesNotListen(string endpoint)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pull.BindAsync(endpoint, new CancellationToken(true)));

        Assert.Empty(pull.BoundEndpoints);
        await pull.BindAsync(endpoint).AsTask().WithinAsync();
    }

    [Theory]
    [InlineData("inproc://cancelled")]
    [InlineData("tcp://127.0.0.1:1")]
    public async Task ConnectAsync_TokenCancelledAlready_DoesNotConnect(string endpoint)
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await push.ConnectAsync(endpoint, new CancellationToken(true)));

        await Assert.ThrowsAsync<ArgumentException>(async () => await push.DisconnectAsync(endpoint));
    }
}
