using System.IO.Pipelines;
using Xunit;
using Zmtp.Engine;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

/// <summary>What is read of a peer with whom nobody speaks any more.</summary>
public class UnwantedTests
{
    private const int Most = 100_000;

    [Fact]
    public async Task ReadOff_MoreThanIsTaken_IsOverThoughThePeerGoesOn()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var reading = Unwanted.ReadOffAsync(pipe.Reader, Most, TestTimeout.Token);
        await pipe.Writer.WriteAsync(new byte[Most]);
        Assert.False(reading.IsCompleted);
        await pipe.Writer.WriteAsync(new byte[1]);
        await reading.WithinAsync();
    }

    [Fact]
    public async Task ReadOff_ThePeerHasLeft_IsOver()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[10]);
        await pipe.Writer.CompleteAsync();
        await Unwanted.ReadOffAsync(pipe.Reader, Most, TestTimeout.Token).WithinAsync();
    }
}
