using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Which streams gather more than a chunk of 64 KiB before they are sent.</summary>
public class StreamChunkTests
{
    private const int Frame = 1024;
    private const int Chunk = 64 * 1024;

    /// <summary>More than make a stream.</summary>
    private const int Rounds = 20;

    [Theory]
    [InlineData(true, true, false, 4)]
    [InlineData(false, true, false, 1)]
    [InlineData(true, false, false, 1)]
    [InlineData(true, true, true, 1)]
    public async Task Stream_UnsealedToASocketByOneWhoFillsNoOther_GathersMore(bool isSocket, bool isAlone, bool isSealed, int chunks)
    {
        using Mechanism mechanism = isSealed
            ? new SealingMechanism()
            : NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));
        var output = isSocket ? new GatheringWriter() : new RecordingWriter();
        var owner = new FakeOwner { Spread = isAlone ? 1 : 2 };
        using var writer = new ConnectionWriter(mechanism, output, owner, output.Fail);
        writer.Send(Write(writer, owner, mayGather: false));
        for (var i = 0; i < Rounds; i++) SendFullChunk(writer, owner);

        Assert.Equal(chunks, SendFullChunk(writer, owner) * Frame / Chunk);
        await writer.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Message_ThatFindsNobodySending_IsCountedOnce()
    {
        using var mechanism = NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));
        var output = new GatheringWriter();
        var owner = new FakeOwner();
        using var writer = new ConnectionWriter(mechanism, output, owner, output.Fail);
        writer.Send(Write(writer, owner, mayGather: false));
        var counted = owner.Counted;
        Write(writer, owner, mayGather: false);
        Assert.Equal(counted + 1, owner.Counted);

        // Sending it, by this thread or the loop, counts nothing.
        writer.Send(SendStep.All);
        await writer.StopAsync().WithinAsync();
        Assert.Equal(counted + 1, owner.Counted);
    }

    /// <summary>Encodes messages until as many are there as leave at once, and sends them.</summary>
    /// <returns>How many.</returns>
    private static int SendFullChunk(ConnectionWriter writer, FakeOwner owner)
    {
        var frames = 1;
        while (Write(writer, owner, mayGather: true) != SendStep.Here) frames++;
        writer.Send(SendStep.All);
        return frames;
    }

    private static SendStep Write(ConnectionWriter writer, FakeOwner owner, bool mayGather)
    {
        lock (owner.Gate)
        {
            writer.WriteFrame(new byte[Frame - FrameHeader.GetHeaderLength(Frame)], more: false);
            return writer.Begin(mayGather);
        }
    }
}
