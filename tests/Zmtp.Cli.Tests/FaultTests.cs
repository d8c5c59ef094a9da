using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Cli.Tests;

/// <summary>What is said when something goes wrong that no command foresees.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task App_GivenUpByNobody_IsNotSaidToBeInterrupted()
    {
        var console = new TestConsole { In = new GivingUpStream() };
        var code = await Cli.RunAsync(console, "user", "add", _directory["users"], "ann", "--password-stdin");
        Assert.Equal(ExitCode.Failed, code);
        Assert.DoesNotContain("Interrupted", console.Errors, StringComparison.Ordinal);
        Assert.Contains("should not have happened", console.Errors, StringComparison.Ordinal);
    }

    /// <summary>Nothing is wrong with a command line that has received something.</summary>
    [Fact]
    public async Task Recv_AMessageThatCannotBeShown_IsNoUsageError()
    {
        await using var recv = Cli.Start(new TestConsole(new ParticularStream()), "recv", "--bind", "tcp://127.0.0.1:*");
        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context);
        push.Connect(await recv.EndpointAsync());
        await push.SendAsync("not shown").AsTask().WithinAsync();

        Assert.Equal(ExitCode.Failed, await recv.EndAsync());
        Assert.Contains("should not have happened: ArgumentException: Too particular.", recv.Console.Errors, StringComparison.Ordinal);
    }

    private sealed class ParticularStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new ArgumentException("Too particular.");
    }

    private sealed class GivingUpStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new OperationCanceledException();

        public override int Read(Span<byte> buffer) => throw new OperationCanceledException();

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            throw new OperationCanceledException();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new OperationCanceledException();
    }
}
