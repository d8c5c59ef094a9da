using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>MaxPendingHandshakes: the address that has the most handshakes under way makes room, whoever came before it.</summary>
public sealed class CrowdedAddressTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.9")]
    [InlineData("2001:db8:0:1::1", "2001:db8::{0}")]
    [InlineData("192.0.2.1", "")]
    [Spec("ZMTP30-101")]
    public async Task HANDSHAKES_ManyOfOneAddress_DropTheOldestOfThatAddressAndNobodyElse(string good, string crowd)
    {
        const int Max = 3;
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var pull = new PullSocket(context, Sut.Quick with { MaxPendingHandshakes = Max });
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var distant = await Stranger.ConnectAsync(endpoint, good);
        await distant.SendAsync(Octets.Greeting31());
        List<Stranger> silent = [];
        for (var i = 0; i < 2 * Max; i++) silent.Add(await Stranger.ConnectAsync(endpoint, crowd.Replace("{0}", $"{i}", StringComparison.Ordinal)));

        for (var i = 0; i < (2 * Max) - (Max - 1); i++)
        {
            await silent[i].ExpectCloseAsync().WithinAsync();
            var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);
            Assert.Contains("MaxPendingHandshakes", failed.Error!.Message, StringComparison.Ordinal);
        }

        await distant.SendAsync(Octets.Ready("PUSH"));
        await distant.ExpectAnswerAsync();
        await silent[^1].SendAsync(Octets.Greeting31(), Octets.Ready("PUSH"));
        await silent[^1].ExpectAnswerAsync();
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);
        foreach (var one in silent) await one.DisposeAsync();
    }
}
