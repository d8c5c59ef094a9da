using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>As on systems where there is no poller.</summary>
public sealed class SocketPipeRuntimeEventsTests : SocketPipeTests
{
    private protected override TransportOptions Options => TransportOptions.Default with { UsesRuntimeEvents = true };
}
