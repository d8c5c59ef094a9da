using System.IO.Pipelines;
using Xunit;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

[CollectionDefinition(nameof(SocketAllocationTests), DisableParallelization = true)]
[Collection(nameof(SocketAllocationTests))]
public sealed class SocketAllocationTests
{
    private const int Rounds = 5_000;

#if DEBUG
    // Without optimisation the compiler makes the state machine of an async method an object, each time it runs.
    private const long Tolerance = Rounds * 256;
#else
    // Other threads of the test host allocate a little now and then; one object per round would be 24 octets at least.
    private const long Tolerance = Rounds * 8;
#endif

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SOCKETPIPE_PingPong_AllocatesNothing(bool gathered)
    {
        await using var pair = await ConnectAsync();
        var serving = EchoAsync(pair.Server, gathered);
        await PingAsync(pair.Client, 2_000);
        Assert.InRange(await LeastAllocatedAsync(() => PingAsync(pair.Client, Rounds)), 0, Tolerance);
        pair.Client.CompleteOutput();
        await serving.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task SOCKETPIPE_Stream_AllocatesNothing()
    {
        await using var pair = await ConnectAsync();
        const int Size = 4_096;
        const int Writes = 10 * Rounds;
        var body = new byte[Size];
        Task StreamAsync() => Task.WhenAll(
            WriteAsync(pair.Client.Output, body, Writes), DrainAsync(pair.Server.Input, (long)Writes * Size));
        await StreamAsync();
        Assert.InRange(await LeastAllocatedAsync(StreamAsync), 0, 20 * Tolerance);
    }

    /// <summary>
    /// What a steady state allocates shows in every round; what the pools take to fill their caches, one per thread and per core, only
    /// in some. So the best of a few rounds counts.
    /// </summary>
    private static async Task<long> LeastAllocatedAsync(Func<Task> round)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await round();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return least;
    }

    private static async Task<ConnectedPair> ConnectAsync()
    {
        var listener = await TcpTransport.Instance.ListenAsync(ZmtpEndpoint.Parse("tcp://127.0.0.1:*"), TransportOptions.Default, default);
        var client = await TcpTransport.Instance.ConnectAsync(listener.Endpoint, TransportOptions.Default, default);
        return new ConnectedPair(listener, client, await listener.AcceptAsync(default));
    }

    private static async Task PingAsync(TransportConnection connection, int rounds)
    {
        var octets = new byte[16];
        for (var round = 0; round < rounds; round++)
        {
            await connection.Output.WriteAsync(octets);
            for (long read = 0; read < octets.Length;)
            {
                var result = await connection.Input.ReadAsync();
                read += result.Buffer.Length;
                connection.Input.AdvanceTo(result.Buffer.End);
            }
        }
    }

    private static async Task EchoAsync(TransportConnection connection, bool gathered)
    {
        var segments = new ReadOnlyMemory<byte>[2];
        for (;;)
        {
            var result = await connection.Input.ReadAsync();
            if (result.IsCompleted) return;
            var first = result.Buffer.First;
            segments[0] = first[..1];
            segments[1] = first[1..];
            if (gathered) await ((IGatherWriter)connection.Output).WriteAsync(segments, default);
            else await connection.Output.WriteAsync(first);
            connection.Input.AdvanceTo(result.Buffer.End);
        }
    }

    private static async Task WriteAsync(PipeWriter output, byte[] body, int count)
    {
        for (var index = 0; index < count; index++) await output.WriteAsync(body);
    }

    private static async Task DrainAsync(PipeReader input, long length)
    {
        while (length > 0)
        {
            var result = await input.ReadAsync();
            length -= result.Buffer.Length;
            input.AdvanceTo(result.Buffer.End);
        }
    }
}
