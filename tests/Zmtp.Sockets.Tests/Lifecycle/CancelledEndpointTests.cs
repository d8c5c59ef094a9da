using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

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

    /// <summary>The name service does not answer, and nobody is to wait for it any more.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Bind_SocketIsDisposedOfWhileTheNameIsLookedUp_Ends(bool blocks, bool byContext)
    {
        using var service = new HeldNames();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [new TcpTransport(new NameLookup(service.Ask))] });
        await using var pull = new PullSocket(context, Sut.Quick);
        var binding = blocks ? Blocking.RunAsync(() => pull.Bind("tcp://nowhere.invalid:*")) : pull.BindAsync("tcp://nowhere.invalid:*").AsTask();
        await service.NextAsync();

        await (byContext ? context.DisposeAsync() : pull.DisposeAsync()).WithinAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => binding.WithinAsync());
    }

    /// <summary>Whoever gives up hears of that, by the token that was given.</summary>
    [Fact]
    public async Task BindAsync_TokenIsCancelledWhileTheNameIsLookedUp_EndsByThatToken()
    {
        using var service = new HeldNames();
        using var giveUp = new CancellationTokenSource();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [new TcpTransport(new NameLookup(service.Ask))] });
        await using var pull = new PullSocket(context, Sut.Quick);
        var binding = pull.BindAsync("tcp://nowhere.invalid:*", giveUp.Token).AsTask();
        await service.NextAsync();

        await giveUp.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => binding.WithinAsync());
        Assert.Equal(giveUp.Token, error.CancellationToken);
        Assert.Empty(pull.BoundEndpoints);
    }
}
