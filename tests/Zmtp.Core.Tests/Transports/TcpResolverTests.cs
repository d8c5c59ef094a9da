using System.Net;
using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>A name service that does not answer, and that cannot be called off, holds nobody up for longer than they want to wait.</summary>
public sealed class TcpResolverTests : IDisposable
{
    private readonly HeldNames _service = new();

    private TcpTransport Transport => new(new NameLookup(_service.Ask));

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData("tcp://nowhere.invalid:1")]
    [InlineData("tcp://nowhere.invalid:0;127.0.0.1:1")]
    public async Task TCP_ResolverStallsAndTheCallerGivesUp_ConnectEnds(string endpoint)
    {
        using var giveUp = new CancellationTokenSource();
        var connecting = Transport.ConnectAsync(ZmtpEndpoint.Parse(endpoint), new TransportOptions(), giveUp.Token).AsTask();
        Assert.False(connecting.IsCompleted);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WithinAsync(seconds: 5));
    }

    /// <summary>No address was asked for anything: it is not that one, nor a firewall, which is to be looked at.</summary>
    [Theory]
    [InlineData("tcp://nowhere.invalid:1")]
    [InlineData("tcp://nowhere.invalid:0;127.0.0.1:1")]
    [InlineData("tcp://nowhere.invalid:12345;127.0.0.1:1")]
    public async Task TCP_ResolverStallsBeyondTheConnectTimeout_ConnectEndsAndSaysWhichNameWasNotAnswered(string endpoint)
    {
        var options = new TransportOptions { ConnectTimeout = TimeSpan.FromMilliseconds(50) };

        var connecting = Transport.ConnectAsync(ZmtpEndpoint.Parse(endpoint), options, TestTimeout.Token).AsTask();

        var error = await Assert.ThrowsAsync<ZmtpEndpointException>(() => connecting.WithinAsync(seconds: 5));
        Assert.Equal((true, FaultOrigin.Network), (error.MayRetry, error.Origin));
        Assert.Contains("the name service did not answer for nowhere.invalid in time", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp://nowhere.invalid:1", "the name is not known; check the host part and")]
    [InlineData("tcp://nowhere.invalid:0;127.0.0.1:1", "check the source before the semicolon, the host part, and")]
    public async Task TCP_UnknownName_ConnectSaysWhereItMayStand(string endpoint, string told)
    {
        var transport = new TcpTransport(new NameLookup(static _ => throw new SocketException((int)SocketError.HostNotFound)));

        var connecting = transport.ConnectAsync(ZmtpEndpoint.Parse(endpoint), new TransportOptions(), TestTimeout.Token).AsTask();

        var error = await Assert.ThrowsAsync<ZmtpEndpointException>(() => connecting.WithinAsync(seconds: 5));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TCP_ResolverStallsAndTheCallerGivesUp_BindEnds()
    {
        using var giveUp = new CancellationTokenSource();
        var binding = Transport.ListenAsync(ZmtpEndpoint.Parse("tcp://nowhere.invalid:*"), new TransportOptions(), giveUp.Token).AsTask();
        Assert.False(binding.IsCompleted);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => binding.WithinAsync(seconds: 5));
    }

    [Fact]
    public async Task TCP_ResolverFailsInTime_ItsErrorIsTold()
    {
        var connecting = Transport.ConnectAsync(ZmtpEndpoint.Parse("tcp://nowhere.invalid:1"), new TransportOptions(), TestTimeout.Token).AsTask();

        (await _service.NextAsync()).Fail(new SocketException((int)SocketError.HostNotFound));

        await Assert.ThrowsAsync<ZmtpEndpointException>(() => connecting.WithinAsync());
    }

    /// <summary>A service that starts before its network does may bind a moment later.</summary>
    [Theory]
    [InlineData(SocketError.TryAgain, true, FaultOrigin.Network)]
    [InlineData(SocketError.HostNotFound, false, FaultOrigin.Caller)]
    [InlineData(SocketError.NoData, false, FaultOrigin.Caller)]
    public async Task TCP_ResolverFails_BindSaysThatItWasTheNameAndWhetherToTryAgain(SocketError code, bool mayRetry, FaultOrigin origin)
    {
        var transport = new TcpTransport(new NameLookup(_ => throw new SocketException((int)code)));

        var error = await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => transport.ListenAsync(ZmtpEndpoint.Parse("tcp://nowhere.invalid:*"), new TransportOptions(), TestTimeout.Token).WithinAsync());

        Assert.Equal((mayRetry, origin), (error.MayRetry, error.Origin));
        Assert.Contains("name service", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TCP_NameWithoutAddresses_IsAnErrorOfConnectingAndOfBinding()
    {
        var transport = new TcpTransport(new NameLookup(static _ => []));
        var connecting = await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => transport.ConnectAsync(ZmtpEndpoint.Parse("tcp://nowhere.invalid:1"), new TransportOptions(), TestTimeout.Token).WithinAsync());
        Assert.Contains("name", connecting.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => transport.ListenAsync(ZmtpEndpoint.Parse("tcp://nowhere.invalid:*"), new TransportOptions(), TestTimeout.Token).WithinAsync());
    }
}
