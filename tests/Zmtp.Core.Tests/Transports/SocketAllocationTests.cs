using System.IO.Pipelines;
using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Steady;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>Alone: what is counted is the whole process's.</summary>
[CollectionDefinition(nameof(SocketAllocationTests), DisableParallelization = true)]
[Collection(nameof(SocketAllocationTests))]
public sealed class SocketAllocationTests
{
    private const int Rounds = 500;
    private const int Writes = 2_000;
    private const int Size = 4_096;

    /// <summary>Small beside a window of the stream: its writer is not to be done before the first one begins.</summary>
    private static readonly TransportOptions Options = new() { SendBufferSize = 16 * Size, ReceiveBufferSize = 16 * Size };

#if DEBUG
    // Without optimisation the compiler makes the state machine of an async method an object, each time it runs.
    private const int Tolerance = 512;
#else
    private const int Tolerance = 0;
#endif

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SOCKETPIPE_PingPong_AllocatesNothing(bool gathered)
    {
        await using var pair = await ConnectedPair.OverTcpAsync(Options);
        var serving = EchoAsync(pair.Server, gathered);
        await SteadyState.ExpectNothingAllocatedAsync("ping-pong", Rounds, windows => PingAsync(pair.Client, windows), Tolerance);
        pair.Client.CompleteOutput();
        await serving.WithinAsync();
    }

    [Fact]
    public async Task SOCKETPIPE_Stream_AllocatesNothing()
    {
        await using var pair = await ConnectedPair.OverTcpAsync(Options);
        var body = new byte[Size];
        await SteadyState.ExpectNothingAllocatedAsync(
            "stream",
            Writes,
            windows => Task.WhenAll(WriteAsync(pair.Client.Output, body, windows.Messages), DrainAsync(pair.Server.Input, windows)),
            Tolerance);
    }

    private static async Task PingAsync(TransportConnection connection, AllocationWindows windows)
    {
        var octets = new byte[16];
        for (var round = 0; round < windows.Messages; round++)
        {
            await connection.Output.WriteAsync(octets);
            for (long read = 0; read < octets.Length;)
            {
                var result = await connection.Input.ReadAsync();
                read += result.Buffer.Length;
                connection.Input.AdvanceTo(result.Buffer.End);
            }

            windows.OnMessage();
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

    private static async Task DrainAsync(PipeReader input, AllocationWindows windows)
    {
        long unfinished = 0;
        for (long left = (long)windows.Messages * Size; left > 0;)
        {
            var result = await input.ReadAsync();
            var length = result.Buffer.Length;
            input.AdvanceTo(result.Buffer.End);
            left -= length;
            for (unfinished += length; unfinished >= Size; unfinished -= Size) windows.OnMessage();
        }
    }
}
