using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>Who comes while nobody accepts waits with the system: at least as many as the options say.</summary>
public sealed class BacklogTests
{
    private const int Backlog = 8;

    [Fact]
    public Task TCP_NobodyAccepts_AsManyAsTheBacklogAreConnected() =>
        ExpectRoomAsync(TcpTransport.Instance, ZmtpEndpoint.Parse("tcp://127.0.0.1:*"));

    [Fact]
    public Task IPC_NobodyAccepts_AsManyAsTheBacklogAreConnected() => ExpectRoomAsync(IpcTransport.Instance, ZmtpEndpoint.Parse("ipc://*"));

    private static async Task ExpectRoomAsync(ITransport transport, ZmtpEndpoint endpoint)
    {
        await using var listener = await transport.ListenAsync(endpoint, new TransportOptions { Backlog = Backlog }, TestTimeout.Token);
        var until = TestTimeout.Token;
        List<TransportConnection> connections = [];
        try
        {
            for (var i = 0; i < Backlog; i++) connections.Add(await transport.ConnectAsync(listener.Endpoint, TransportOptions.Default, until));
        }
        finally
        {
            foreach (var connection in connections) await connection.DisposeAsync();
        }
    }
}
