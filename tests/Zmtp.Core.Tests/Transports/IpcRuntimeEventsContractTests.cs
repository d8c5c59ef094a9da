using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>As on systems where there is no poller.</summary>
public sealed class IpcRuntimeEventsContractTests : TransportContractTests, IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-test-");

    protected override ITransport Transport => IpcTransport.Instance;

    protected override TransportOptions Options => TransportOptions.Default with { UsesRuntimeEvents = true };

    protected override ZmtpEndpoint NewEndpoint() => ZmtpEndpoint.Parse($"ipc://{Path.Combine(_directory.FullName, Path.GetRandomFileName())}");

    public void Dispose() => _directory.Delete(recursive: true);
}
