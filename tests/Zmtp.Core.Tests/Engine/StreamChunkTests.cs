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

    private static readonly int BodyLength = Frame - FrameHeader.GetHeaderLength(Frame);

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
        var body = new byte[BodyLength - (isSealed ? mechanism.SealOverhead : 0)];
        writer.Send(Write(writer, owner, body, mayGather: false));
        for (var i = 0; i < Rounds; i++) SendFullChunk(writer, owner, body);

        Assert.Equal(chunks, SendFullChunk(writer, owner, body) * Frame / Chunk);
        await writer.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Message_ThatFindsNobodySending_IsCountedOnce()
    {
        using var mechanism = NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));
        var output = new GatheringWriter();
        var owner = new FakeOwner();
        using var writer = new ConnectionWriter(mechanism, output, owner, output.Fail);
        var body = new byte[BodyLength];
        writer.Send(Write(writer, owner, body, mayGather: false));
        var counted = owner.Counted;
        Write(writer, owner, body, mayGather: false);
        Assert.Equal(counted + 1, owner.Counted);

        // Sending it counts nothing.
        writer.Send(SendStep.All);
        await writer.StopAsync().WithinAsync();
        Assert.Equal(counted + 1, owner.Counted);
    }

    /// <summary>Encodes messages until as many are there as leave at once, and sends them.</summary>
    /// <returns>How many.</returns>
    private static int SendFullChunk(ConnectionWriter writer, FakeOwner owner, byte[] body)
    {
        var frames = 1;
        while (Write(writer, owner, body, mayGather: true) != SendStep.Here) frames++;
        writer.Send(SendStep.All);
        return frames;
    }

    private static SendStep Write(ConnectionWriter writer, FakeOwner owner, byte[] body, bool mayGather)
    {
        lock (owner.Gate)
        {
            writer.WriteFrame(body, more: false);
            return writer.Begin(mayGather);
        }
    }
}
