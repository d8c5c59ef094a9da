using System.Buffers.Binary;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

/// <summary>What the tests of what a connection reads make and feed.</summary>
public abstract class TrafficReaderRig
{
    /// <summary>How many octets come at once.</summary>
    private protected static readonly int[] Steps = [1, 3, 100, 4096, 8191, 8192, 8193, 40_000, 10_000_000];

    /// <summary>Feeds as a connection would: what was not used is given again. Returns what stayed unread.</summary>
    private protected static int Feed(FakeOwner owner, byte[] input, int step, Mechanism? mechanism = null, long maxMessageSize = long.MaxValue)
    {
        using var reader = Create(owner, maxMessageSize, mechanism);
        return FeedTo(reader, input, step);
    }

    /// <summary>As <see cref="Feed"/>, to a reader that stays.</summary>
    private protected static int FeedTo(TrafficReader reader, byte[] input, int step)
    {
        var used = 0;
        for (var seen = 0; seen < input.Length;)
        {
            seen = (int)Math.Min(input.Length, (long)seen + step);
            used += reader.Read(input.AsSpan(used..seen), out var hasRoom);
            reader.EndRead();
            Assert.True(hasRoom);
        }

        return input.Length - used;
    }

    /// <summary>A frame in the long form.</summary>
    private protected static byte[] Sealed(PayloadFlags flags, ReadOnlySpan<byte> data)
    {
        using var mechanism = new SealingMechanism();
        var body = mechanism.Seal(flags, data);
        return [0x02, .. Length(body.Length), .. body];
    }

    private protected static TrafficReader Create(FakeOwner owner, long maxMessageSize = long.MaxValue, Mechanism? mechanism = null)
    {
        mechanism ??= NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));
        return new TrafficReader(mechanism, owner, new HeartbeatMonitor(HeartbeatOptions.Off, 1, TimeProvider.System), maxMessageSize);
    }

    private protected static byte[] Length(int value)
    {
        var octets = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(octets, value);
        return octets;
    }

    private protected static byte[] Body(int size)
    {
        var body = new byte[size];
        for (var i = 0; i < size; i++) body[i] = unchecked((byte)(i * 7 + (i >> 10)));
        return body;
    }
}
