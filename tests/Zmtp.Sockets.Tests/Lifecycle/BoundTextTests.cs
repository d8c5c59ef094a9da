using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>The text that was given to bind: where it has wildcards, what comes back is another.</summary>
public class BoundTextTests
{
    [Theory]
    [InlineData("tcp://*:*")]
    [InlineData("tcp://0.0.0.0:0")]
    [InlineData("TCP://127.0.0.1:*")]
    [InlineData("ipc://*")]
    public async Task Unbind_TextThatWasBound_IsFoundAlthoughWildcardsWereReplaced(string text)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync(text, TestTimeout.Token);
        Assert.NotEqual(text, endpoint);

        await pull.UnbindAsync(text).WithinAsync();

        Assert.Empty(pull.BoundEndpoints);
        await Assert.ThrowsAsync<ArgumentException>(async () => await pull.UnbindAsync(text));
    }

    [Fact]
    public async Task Unbind_SeveralWereBoundByTheText_EndsTheFirstAndEachByItsOwn()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var bound = new List<string>();
        for (var i = 0; i < 3; i++) bound.Add(await pull.BindAsync("tcp://127.0.0.1:*", TestTimeout.Token));

        await pull.UnbindAsync("tcp://127.0.0.1:*").WithinAsync();
        Assert.Equal(bound[1..], pull.BoundEndpoints);
        await pull.UnbindAsync(bound[2]).WithinAsync();
        Assert.Equal([bound[1]], pull.BoundEndpoints);
    }

    [Fact]
    public async Task Bind_AllAddresses_TheLogTellsSoAndWhereItIsFromHere()
    {
        var log = new LogRecords();
        await using var context = Join.NewContext(new() { LoggerFactory = log });
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);

        var endpoint = await pull.BindAsync("tcp://*:*", TestTimeout.Token);

        Assert.StartsWith("tcp://127.0.0.1:", endpoint, StringComparison.Ordinal);
        Assert.Equal($"PULL Listening tcp://*:* (from here {endpoint}) NULL, no domain", (await log.NextAsync(3711)).Text);
        Assert.Equal(endpoint, (await events.NextAsync(SocketEventKind.Listening)).Endpoint);
    }

    [Fact]
    public async Task Bind_OneAddress_TheLogTellsItOnce()
    {
        var log = new LogRecords();
        await using var context = Join.NewContext(new() { LoggerFactory = log });
        await using var pull = new PullSocket(context, Sut.Quick);

        await pull.BindAsync("inproc://one", TestTimeout.Token);

        Assert.Equal("PULL Listening inproc://one", (await log.NextAsync(3701)).Text.TrimEnd());
        Assert.Single(log.All, static line => line.Id.Id is 3701 or 3711);
    }
}
