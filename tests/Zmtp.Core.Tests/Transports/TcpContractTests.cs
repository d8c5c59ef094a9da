using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class TcpContractTests : TransportContractTests
{
    protected override ITransport Transport => TcpTransport.Instance;

    protected override ZmtpEndpoint NewEndpoint() => ZmtpEndpoint.Parse("tcp://127.0.0.1:*");
}
