using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>As on systems where there is no poller.</summary>
public sealed class TcpRuntimeEventsContractTests : TransportContractTests
{
    protected override ITransport Transport => TcpTransport.Instance;

    protected override TransportOptions Options => TransportOptions.Default with { UsesRuntimeEvents = true };

    protected override ZmtpEndpoint NewEndpoint() => ZmtpEndpoint.Parse("tcp://127.0.0.1:*");
}
