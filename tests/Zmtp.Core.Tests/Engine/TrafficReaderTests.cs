using Xunit;
using Zmtp.Core.Tests.Messages;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class TrafficReaderTests : TrafficReaderRig
{
    [Fact]
    [Lesson("T9")]
    public void SmallFrames_AnySegmentation_AreTheSameMessages()
    {
        var input = Hex.Octets(
            "00 01 41" +                                      // "A"
            "01 01 42 01 00 00 02 43 44" +                    // "B", "", "CD"
            "04 0B 09 53 55 42 53 43 52 49 42 45 41" +        // SUBSCRIBE "A"
            "00 00" +                                         // ""
            "02 00 00 00 00 00 00 00 01 45");                 // "E", in the long form
        foreach (var step in Steps)
        {
            foreach (var owner in new[] { new FakeOwner(), new FakeOwner { TakesBatches = true } })
            {
                Assert.Equal(0, Feed(owner, input, step));
                Assert.Equal(["A", "B||CD", "", "E"], owner.Messages);
                Assert.Equal(["SUBSCRIBEA"], owner.Commands);
                Assert.Equal(owner.TakesBatches && step > input.Length, owner.Batched == owner.Messages.Count);
            }
        }
    }

    /// <summary>The octets behind a PING are a sign of life after it, also where they came with the same read; those before it are none.</summary>
    [Theory]
    [InlineData("00 01 41" + "04 07 04 50 49 4E 47 00 05", true)]
    [InlineData("04 07 04 50 49 4E 47 00 05" + "00 01 41", false)]
    [InlineData("04 07 04 50 49 4E 47 00 05" + "00", false)]
    public void Ping_WithMoreInTheSameRead_ItsTtlIsOverWhereThatCameAfterIt(string octets, bool isWaitedFor)
    {
        var heartbeat = new HeartbeatMonitor(HeartbeatOptions.Off, 1, TimeProvider.System);
        var mechanism = NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));
        using var reader = new TrafficReader(mechanism, new FakeOwner(), heartbeat, long.MaxValue);

        // As the pump does: all octets are one, and the ttl is known only when they are read.
        heartbeat.OnReceived();
        reader.Read(Hex.Octets(octets), out _);

        Assert.Equal(isWaitedFor, heartbeat.IsWatching);
    }

    /// <summary>What lies where it was received must not be touched by what is received later.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FramesThatStayWhereTheyWereRead_AnySegmentation_AreTheSameMessages(bool mayKeep)
    {
        var medium = Body(40_000);
        byte[] input =
        [
            .. Hex.Octets("00 01 41 01 01 42 01 00 00 02 43 44 04 0B 09 53 55 42 53 43 52 49 42 45 41 00 00"),
            0x02, .. Length(medium.Length), .. medium, 0x02, .. Length(5000), .. medium[..5000], 0x00, 0x01, 0x45,
        ];
        foreach (var step in Steps)
        {
            var owner = new FakeOwner { TakesBatches = true, TakesAtReadEnd = true };
            using var reader = Create(owner);
            var used = 0;
            for (var seen = 0; seen < input.Length;)
            {
                seen = (int)Math.Min(input.Length, (long)seen + step);
                var lent = BlockPool.Rent(seen - used);
                input.AsSpan(used..seen).CopyTo(lent);
                used += reader.ReadLent(new ArraySegment<byte>(lent, 0, seen - used), out _);
                if (!reader.EndLoan(mayKeep)) lent.AsSpan().Fill((byte)'!');
                reader.EndRead();
            }

            Assert.Equal(["A", "B||CD", "", FakeOwner.Describe(medium), FakeOwner.Describe(medium.AsSpan(0, 5000)), "E"], owner.Messages);
            Assert.Equal(["SUBSCRIBEA"], owner.Commands);
        }
    }

    /// <summary>A batch outlives its connection: the first frames of the next one would be taken for the rest of the message.</summary>
    [Fact]
    public void EndRead_NoMemoryForAMessageThatLacksFrames_ItIsDroppedAndTheOthersAreHandedOver()
    {
        var reads = 0;
        var owner = new FakeOwner { TakesBatches = true, OnBegin = static () => throw new InsufficientMemoryException(), OnRead = () => reads++ };
        var batch = owner.OpenBatch(100);
        batch.Retain();
        using var reader = Create(owner);
        reader.Read(Hex.Octets("00 01 41 01 01 42"), out _);
        Assert.True(batch.HasOpenFrames);

        Assert.Throws<InsufficientMemoryException>(reader.EndRead);

        Assert.False(batch.HasOpenFrames);
        Assert.Equal(["A"], owner.Messages);
        Assert.Equal(1, reads);
        batch.Release();
    }

    [Fact]
    [Lesson("T9")]
    public void LargeFrames_AnySegmentation_AreTheSameMessages()
    {
        var large = Body(3_000_000);
        var medium = Body(40_000);
        byte[] input =
        [
            0x03, .. Length(large.Length), .. large, 0x03, .. Length(medium.Length), .. medium, 0x00, 0x01, 0x41,
            0x02, .. Length(medium.Length), .. medium,
        ];
        foreach (var step in Steps[2..])
        {
            var owner = new FakeOwner { TakesBatches = step > medium.Length };
            Assert.Equal(0, Feed(owner, input, step));
            Assert.Equal([$"{FakeOwner.Describe(large)}|{FakeOwner.Describe(medium)}|A", FakeOwner.Describe(medium)], owner.Messages);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Lesson("T10")]
    public void Multipart_CutOffAHundredThousandTimes_GivesItsMemoryBack(bool takesBatches)
    {
        // Two frames of 8 KiB and the start of a third: pooled memory, which would be 2 GiB if it were not given back.
        byte[] cut = [0x03, .. Length(8192), .. Body(8192), 0x03, .. Length(8192), .. Body(8192), 0x03, .. Length(8192), 1, 2, 3];
        var owner = new FakeOwner { TakesBatches = takesBatches };
        Cut(owner, cut, 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Cut(owner, cut, 100_000);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / 100_000;
        Assert.True(each < 2048, $"Each cut took {each} octets.");
        Assert.Empty(owner.Messages);
    }

    /// <summary>In reads of the size of the receive buffer, and in one: then a batch has all of the message.</summary>
    [Theory]
    [InlineData(false, false, 8192)]
    [InlineData(true, false, 8192)]
    [InlineData(true, false, 1_000_000)]
    [InlineData(false, true, 8192)]
    [InlineData(true, true, 8192)]
    [InlineData(true, true, 1_000_000)]
    public void EndlessSmallFrames_HoldAtMostFourTimesWhatTheyAreCountedFor(bool takesBatches, bool isSealed, int step)
    {
        const int frames = 20_000;
        var held = 0L;
        var cost = 0L;
        var owner = new FakeOwner
        {
            TakesBatches = takesBatches,
            OnMessage = message =>
            {
                held = HeldMemory.Of(message);
                cost = message.Cost;
            },
        };
        byte[] frame = isSealed ? Sealed(PayloadFlags.More, "A"u8) : [0x01, 0x01, 0x41];
        byte[] last = isSealed ? Sealed(PayloadFlags.None, "A"u8) : [0x00, 0x01, 0x41];
        byte[] input = [.. Enumerable.Repeat(frame, frames - 1).SelectMany(static one => one), .. last];

        Assert.Equal(0, Feed(owner, input, step, isSealed ? new SealingMechanism() : null));

        Assert.Equal(frames * (1 + MessageBuffer.FrameCost), cost);
        Assert.InRange(held, frames, 4 * cost);
    }

    [Fact]
    public void LargeFrame_ReadStraightIntoItsMemory_IsTheSameMessage()
    {
        var large = Body(2_500_000);
        var owner = new FakeOwner();
        using var reader = Create(owner);
        byte[] start = [0x02, .. Length(large.Length), .. large.AsSpan(0, 10)];
        Assert.Equal(start.Length, reader.Read(start, out _));
        var sent = 10;
        while (sent < large.Length)
        {
            var rest = reader.LargeFrameRest;
            Assert.InRange(rest.Length, 1, large.Length - sent);
            var count = Math.Min(rest.Length, 70_000);
            large.AsSpan(sent, count).CopyTo(rest.Span);
            sent += count;
            Assert.True(reader.AdvanceLargeFrame(count));
        }

        Assert.Equal(0, reader.LargeFrameRest.Length);
        Assert.Equal([FakeOwner.Describe(large)], owner.Messages);
    }

    [Fact]
    public void LargeFrameDeclared_CostsNoMoreThanAMebibyteBeforeItsOctets()
    {
        using var reader = Create(new FakeOwner());
        reader.Read([0x02, .. Length(200_000_000)], out _);
        Assert.InRange(reader.LargeFrameRest.Length, 1, 1024 * 1024);
    }

    /// <summary>After large frames the next ones begin with more memory, but what one has sent is no reason to give all that it declares next.</summary>
    [Fact]
    public void LargeFrameDeclared_AfterALargerOne_CostsNoMoreThanFourMebibytesBeforeItsOctets()
    {
        const int Most = 4 * 1024 * 1024;
        using var reader = Create(new FakeOwner());
        reader.Read([0x02, .. Length(2 * Most)], out _);
        reader.Read(new byte[2 * Most], out _);
        reader.Read([0x02, .. Length(200_000_000)], out _);
        Assert.Equal(Most, reader.LargeFrameRest.Length);
    }

    [Fact]
    public void NoRoom_StopsAfterTheMessageAndGoesOnThere()
    {
        var owner = new FakeOwner { Room = 1 };
        using var reader = Create(owner);
        var input = Hex.Octets("00 01 41 00 01 42");
        Assert.Equal(3, reader.Read(input, out var hasRoom));
        Assert.False(hasRoom);
        owner.Room = 10;
        Assert.Equal(3, reader.Read(input.AsSpan(3), out hasRoom));
        Assert.True(hasRoom);
        Assert.Equal(["A", "B"], owner.Messages);
    }

    [Theory]
    [InlineData("02 00 00 00 00 00 00 03 E9")]
    [InlineData("01 01 41 02 00 00 00 00 00 00 03 E8")]
    [InlineData("02 7F FF FF FF FF FF FF FF")]
    public void MoreThanTheLimitDeclared_IsRefusedBeforeItsOctets(string hex)
    {
        using var reader = Create(new FakeOwner(), maxMessageSize: 1000);
        var error = Assert.Throws<ZmtpProtocolException>(() => reader.Read(Hex.Octets(hex), out _));
        Assert.Equal(ProtocolError.FrameTooLarge, error.Error);
    }

    [Fact]
    public void EndlessEmptyFrames_ReachTheLimitToo()
    {
        using var reader = Create(new FakeOwner(), maxMessageSize: 10_000);
        var input = new byte[2000];
        for (var i = 0; i < input.Length; i += 2) input[i] = 0x01;
        Assert.Throws<ZmtpProtocolException>(() => reader.Read(input, out _));
    }

    [Theory]
    [InlineData("04 06 05 52 45 41 44 59")]
    [InlineData("04 07 05 45 52 52 4F 52 00")]
    public void HandshakeCommandAfterTheHandshake_IsRefused(string hex)
    {
        using var reader = Create(new FakeOwner());
        var error = Assert.Throws<ZmtpProtocolException>(() => reader.Read(Hex.Octets(hex), out _));
        Assert.Equal(ProtocolError.UnexpectedCommand, error.Error);
    }

    private static void Cut(FakeOwner owner, byte[] input, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var reader = Create(owner);
            reader.Read(input, out _);
            reader.EndRead();
        }
    }
}
