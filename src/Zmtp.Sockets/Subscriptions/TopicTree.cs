using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets.Subscriptions;

/// <summary>
/// The topics of each subscriber, each as often as it subscribed, and the search for who gets a message: all that have a topic which is a
/// prefix of its first frame (RFC 29). One radix tree for all: a message is matched once, whatever the number of subscribers, and that
/// allocates nothing. Nothing recurses, whatever a peer subscribes to.
/// </summary>
/// <remarks>
/// Safe on any thread. No interrupt ends a change: a subscriber that tries again would be told that it has subscribed, and one that leaves
/// would stay. Only a search for recipients, which is part of a send, may be interrupted.
/// </remarks>
internal sealed class TopicTree
{
    /// <summary>How many topics of a subscriber that has gone are taken out at once; in between, other threads may enter.</summary>
    private const int RemovedAtOnce = 256;

    // Not a SpinGate: topics may be long.
    private readonly Lock _gate = new();
    private readonly TopicNode _root = new([]);
    private Pipe[]? _everybody;
    private long _searches;

    /// <summary>
    /// The pipes that get any message, as long as nobody has subscribed to less than everything; else, or when it is not known yet, null.
    /// Never changed afterwards.
    /// </summary>
    public Pipe[]? Everybody => Volatile.Read(ref _everybody);

    /// <summary>Whether nothing is left of any subscription.</summary>
    public bool IsEmpty
    {
        get
        {
            using (_gate.Hold()) return _root is { HasSubscribers: false, ChildCount: 0 };
        }
    }

    /// <summary>Adds one subscription. Does nothing for a subscriber that has gone.</summary>
    /// <returns>Whether the topic is new to the subscriber.</returns>
    public bool Add(Subscriber subscriber, ReadOnlySpan<byte> topic)
    {
        using (_gate.Hold())
        {
            if (subscriber.IsGone) return false;
            var node = Reach(topic);
            try
            {
                return Add(subscriber, node);
            }
            catch
            {
                // Nobody would be charged for it.
                node.Prune();
                throw;
            }
        }
    }

    /// <summary>What <see cref="Subscriber.Cost"/> will be with one more subscription. Nothing of the topic is copied for it.</summary>
    public long CostWith(Subscriber subscriber, ReadOnlySpan<byte> topic)
    {
        using (_gate.Hold())
        {
            var isKnown = Find(topic) is { } node && subscriber.Topics.ContainsKey(node);
            return isKnown ? subscriber.Cost : subscriber.Cost + Subscriber.TopicCost + topic.Length;
        }
    }

    /// <summary>Takes one subscription back. An unknown topic does nothing.</summary>
    /// <returns>How many the subscriber still has to the topic; null: it had none.</returns>
    public int? Remove(Subscriber subscriber, ReadOnlySpan<byte> topic)
    {
        using (_gate.Hold())
        {
            var node = Find(topic);
            if (node is null) return null;
            ref var subscription = ref CollectionsMarshal.GetValueRefOrNullRef(subscriber.Topics, node);
            if (Unsafe.IsNullRef(ref subscription)) return null;
            var left = subscriber.CancelsAtOnce ? 0 : --subscription.Count;
            if (left == 0) Remove(subscriber, node);
            return left;
        }
    }

    /// <summary>Takes all subscriptions of one back.</summary>
    /// <param name="subscriber">The subscriber.</param>
    /// <param name="forGood">Whether it has gone, and nothing is taken from it any more.</param>
    /// <returns>The topics, each once.</returns>
    public IReadOnlyList<TopicNode> Clear(Subscriber subscriber, bool forGood)
    {
        // The room for the topics goes, too: a connection whose peer has yet to hang up keeps a subscriber that has gone. Made before
        // anything is taken out, because that must come to its end.
        var none = forGood ? new Dictionary<TopicNode, Subscription>() : null;
        TopicNode[] nodes;
        using (_gate.Hold())
        {
            subscriber.IsGone |= forGood;
            nodes = [.. subscriber.Topics.Keys];
        }

        for (var first = 0; first < nodes.Length; first += RemovedAtOnce)
        {
            using (_gate.Hold())
            {
                foreach (var node in nodes.AsSpan(first, Math.Min(RemovedAtOnce, nodes.Length - first))) Remove(subscriber, node);
            }
        }

        if (none is not null)
        {
            using (_gate.Hold()) subscriber.Topics = none;
        }

        return nodes;
    }

    /// <summary>Whether anybody gets a message that begins with these octets.</summary>
    public bool Matches(ReadOnlySpan<byte> octets)
    {
        // The usual subscriber wants everything: that needs no gate.
        if (_root.HasSubscribers) return true;

        using (_gate.Hold())
        {
            for (var node = Next(_root, octets); node is not null; node = Next(node, octets))
            {
                if (node.HasSubscribers) return true;
            }

            return false;
        }
    }

    /// <summary>Finds all subscribers that get a message that begins with these octets, each once.</summary>
    public void Find(ReadOnlySpan<byte> octets, Recipients recipients)
    {
        lock (_gate)
        {
            _searches++;
            for (var node = _root; node is not null; node = Next(node, octets))
            {
                foreach (var subscriber in node.Subscribers)
                {
                    if (subscriber.FoundBy == _searches) continue;
                    subscriber.FoundBy = _searches;
                    recipients.Add(subscriber.Pipe!);
                }
            }

            if (_root.ChildCount == 0) Volatile.Write(ref _everybody, recipients.Pipes.ToArray());
        }
    }

    /// <summary>The node behind one on the way of these octets; null where the way ends.</summary>
    private static TopicNode? Next(TopicNode node, ReadOnlySpan<byte> octets)
    {
        if (node.Depth >= octets.Length) return null;
        var rest = octets[node.Depth..];
        var child = node.Find(rest[0]);
        return child is not null && rest.StartsWith(child.Label) ? child : null;
    }

    /// <summary>The node of a topic; null if it is nobody's and holds no others apart.</summary>
    private TopicNode? Find(ReadOnlySpan<byte> topic)
    {
        var node = _root;
        while (node is not null && node.Depth < topic.Length) node = Next(node, topic);
        return node;
    }

    /// <summary>The node of a topic, made if need be.</summary>
    private TopicNode Reach(ReadOnlySpan<byte> topic)
    {
        var node = _root;
        while (node.Depth < topic.Length)
        {
            var rest = topic[node.Depth..];
            var child = node.Find(rest[0]);
            if (child is null) return AddBelow(node, topic);
            var common = rest.CommonPrefixLength(child.Label);
            node = common < child.Label.Length ? child.Fork(node.Depth + common) : child;
        }

        return node;
    }

    private static TopicNode AddBelow(TopicNode node, ReadOnlySpan<byte> topic)
    {
        try
        {
            return node.Add(topic.ToArray());
        }
        catch
        {
            // A fork that was made for this one only.
            node.Prune();
            throw;
        }
    }

    private bool Add(Subscriber subscriber, TopicNode node)
    {
        // All memory first: a topic without a place at its node would take another's place with it when it goes.
        node.Reserve();
        ref var subscription = ref CollectionsMarshal.GetValueRefOrAddDefault(subscriber.Topics, node, out var isKnown);
        subscription.Count++;
        if (isKnown) return false;
        subscription.Index = node.Add(subscriber);
        subscriber.Cost += Subscriber.TopicCost + node.Depth;
        Volatile.Write(ref _everybody, null);
        return true;
    }

    private void Remove(Subscriber subscriber, TopicNode node)
    {
        if (!subscriber.Topics.Remove(node, out var subscription)) return;
        var moved = node.RemoveAt(subscription.Index);
        if (moved != subscriber) CollectionsMarshal.GetValueRefOrNullRef(moved.Topics, node).Index = subscription.Index;
        subscriber.Cost -= Subscriber.TopicCost + node.Depth;
        node.Prune();
        Volatile.Write(ref _everybody, null);
    }
}
