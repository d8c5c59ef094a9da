using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class IpcContractTests : TransportContractTests, IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-test-");

    protected override ITransport Transport => IpcTransport.Instance;

    protected override ZmtpEndpoint NewEndpoint() => ZmtpEndpoint.Parse($"ipc://{Path.Combine(_directory.FullName, Path.GetRandomFileName())}");

    public void Dispose() => _directory.Delete(recursive: true);
}
