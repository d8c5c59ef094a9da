using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>Memory runs out where a request is taken in: whoever asks next is answered.</summary>
public sealed class ScarceServerTests
{
    [Fact]
    public async Task ZAP_MemoryRunsOutWhenARequestComes_ItIsToldAndTheNextIsAnswered()
    {
        using var log = new LogRecords();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        var asked = 0;
        await using var service = await ZapServer.StartAsync(
            context,
            FixedVerdict.Success,
            request => Interlocked.Increment(ref asked) == 1 ? throw new InsufficientMemoryException("None is left.") : [.. request],
            TestTimeout.Token);
        await using var dealer = new DealerSocket(context, Sut.Quick);
        dealer.Connect(ZapHandler.Endpoint);

        await dealer.SendAsync(Request("1")).WithinAsync();
        await dealer.SendAsync(Request("2")).WithinAsync();

        using var reply = await dealer.ReceiveAsync().WithinAsync();
        Assert.Equal(["", "1.0", "2", "200"], Enumerable.Range(0, 4).Select(reply.AsString));
        var line = await log.NextAsync(3704);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains("None is left.", line.Text, StringComparison.Ordinal);
    }

    private static Message Request(string id) => Message.Of("", "1.0", id, "test", "127.0.0.1", "", "NULL");
}
