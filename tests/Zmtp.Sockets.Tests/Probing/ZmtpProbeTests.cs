using System.Net;
using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Probing;

public class ZmtpProbeTests
{
    [Theory]
    [InlineData(null, 2, null)]
    [InlineData(Timeout.Infinite, 2, Timeout.Infinite)]
    [InlineData(Timeout.Infinite, 1, Timeout.Infinite)]
    [InlineData(9000, 3, 3000)]
    public void ZmtpProbe_NameHasSeveralAddresses_TheTimeIsSharedUnlessItIsWithoutLimit(int? limit, int addresses, int? part)
    {
        Assert.Equal(Milliseconds(part), ZmtpProbe.Part(Milliseconds(limit), addresses));
    }

    /// <summary>A live peer is not down because this machine has no such address, or no port left.</summary>
    [Fact]
    public async Task PROBE_SourceAddressIsNoneOfThisMachine_IsNotTheRefusalOfThePeer()
    {
        await using var listener = RawListener.Open();
        var report = await ZmtpProbe.RunAsync(
            listener.Endpoint.Replace("tcp://", "tcp://192.0.2.1:0;", StringComparison.Ordinal), SocketType.Dealer).WithinAsync();
        Assert.Equal((ProbeStage.Connect, ProbeOutcome.Failed), (report.Steps[^1].Stage, report.Outcome));
        Assert.Contains("source", report.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ipc:///run/a", SocketError.AddressNotAvailable, ProbeOutcome.Refused)]
    [InlineData("ipc:///run/a", SocketError.AccessDenied, ProbeOutcome.Failed)]
    [InlineData("tcp://10.0.0.1:5555", SocketError.AddressNotAvailable, ProbeOutcome.Failed)]
    [InlineData("tcp://10.0.0.1:5555", SocketError.AccessDenied, ProbeOutcome.Unreachable)]
    public void PROBE_ErrorOfTheSystem_IsToldFromWhatItMeansForTheTransport(string endpoint, SocketError code, ProbeOutcome outcome) =>
        Assert.Equal(outcome, ZmtpProbe.Classify(SocketFaults.CannotConnect(ZmtpEndpoint.Parse(endpoint), new SocketException((int)code))));

    [Fact]
    public async Task PROBE_NameServiceDoesNotAnswer_IsNoUnknownName()
    {
        using var service = new HeldNames();
        var options = new SocketOptions { Transport = new() { ConnectTimeout = TimeSpan.FromMilliseconds(50) } };

        var report = await ZmtpProbe.RunAsync(
            "tcp://slow.invalid:5555", SocketType.Dealer, options, progress: null, new NameLookup(service.Ask), TestTimeout.Token).WithinAsync();

        Assert.Equal((ProbeStage.Name, ProbeOutcome.Unreachable), (report.Steps[^1].Stage, report.Outcome));
        Assert.Contains("name service", report.Message, StringComparison.Ordinal);
    }

    private static TimeSpan? Milliseconds(int? number) => number is { } some ? TimeSpan.FromMilliseconds(some) : null;
}
