using System.Buffers;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class InMemoryContractTests : TransportContractTests
{
    protected override ITransport Transport => InMemoryTransport.Instance;

    protected override ZmtpEndpoint NewEndpoint() => ZmtpEndpoint.Parse("mem://*");

    [Fact]
    public async Task MEM_MaximumReadOfOne_ShowsOneOctetMoreEachTime()
    {
        var (client, server) = InMemoryConnection.CreatePair(maximumRead: 1);
        await client.Output.WriteAsync(new byte[] { 1, 2, 3 });
        client.CompleteOutput();
        for (var shown = 1; shown <= 3; shown++)
        {
            var result = await server.Input.ReadAsync().AsTask().WaitAsync(Limit);
            Assert.Equal(shown, result.Buffer.Length);
            Assert.Equal(shown == 3, result.IsCompleted);
            server.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
        var all = await server.Input.ReadAsync().AsTask().WaitAsync(Limit);
        Assert.Equal([1, 2, 3], all.Buffer.ToArray());
    }
}
