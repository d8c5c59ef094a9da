using Zmtp.Engine;
using Zmtp.Wire;

namespace Zmtp.Sockets.Subscriptions;

/// <summary>What messages begin with that somebody subscribes to.</summary>
internal static class Topic
{
    /// <summary>The longest, in octets: what fits into a command. Towards a peer of ZMTP 3.0, which sends messages, it is the same.</summary>
    public static readonly int MaxLength = TrafficReader.MaxCommandLength - SubscribeCommand.GetLength(0);

    /// <summary>Makes sure that an application's topic may be subscribed to.</summary>
    /// <exception cref="ArgumentException">It may not.</exception>
    public static void ThrowIfTooLong(ReadOnlySpan<byte> topic, string parameter)
    {
        if (topic.Length <= MaxLength) return;
        throw new ArgumentException(
            $"The topic has {topic.Length} octets; at most {MaxLength} fit into a subscription. Publishers end a connection on which a longer " +
            "one comes. Nothing was subscribed; use a shorter topic, which need only be what messages begin with.",
            parameter);
    }
}
