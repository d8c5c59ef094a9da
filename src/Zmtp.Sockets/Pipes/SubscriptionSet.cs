using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Topics with counts, and the question whether one of them is a prefix of a message (RFC 29). A radix tree: memory grows with the
/// octets of the topics, matching allocates nothing, and nothing recurses, whatever a peer subscribes to.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class SubscriptionSet
{
    private readonly SpinGate _gate = new();
    private readonly Node _root = new([]);

    /// <summary>How many different topics there are.</summary>
    public int Count { get; private set; }

    /// <summary>Octets of all topics, each counted with what a node costs: the measure of what the set occupies.</summary>
    public long Cost { get; private set; }

    /// <summary>Adds one subscription.</summary>
    /// <returns>Whether the topic is new.</returns>
    public bool Add(ReadOnlySpan<byte> topic)
    {
        using (_gate.Hold())
        {
            var node = _root;
            while (!topic.IsEmpty)
            {
                var child = node.Find(topic[0]);
                if (child is null)
                {
                    child = new Node(topic.ToArray());
                    node.Children.Add(child);
                    Cost += Node.Cost + topic.Length;
                    node = child;
                    break;
                }

                var common = topic.CommonPrefixLength(child.Label);
                if (common < child.Label.Length)
                {
                    child.Split(common);
                    Cost += Node.Cost;
                }

                topic = topic[common..];
                node = child;
            }

            if (node.Subscriptions++ > 0) return false;
            Count++;
            return true;
        }
    }

    /// <summary>Takes one subscription back. An unknown topic does nothing.</summary>
    /// <returns>Whether it was the topic's last.</returns>
    public bool Remove(ReadOnlySpan<byte> topic)
    {
        using (_gate.Hold())
        {
            Node? parent = null;
            var node = _root;
            while (!topic.IsEmpty)
            {
                var child = node.Find(topic[0]);
                if (child is null || !topic.StartsWith(child.Label)) return false;
                topic = topic[child.Label.Length..];
                parent = node;
                node = child;
            }

            if (node.Subscriptions == 0 || --node.Subscriptions > 0) return false;
            Count--;
            Prune(parent, node);
            return true;
        }
    }

    /// <summary>Whether some topic is a prefix of these octets.</summary>
    public bool Matches(ReadOnlySpan<byte> octets)
    {
        // The usual subscriber wants everything: that needs no gate.
        if (_root.Subscriptions > 0) return true;
        using (_gate.Hold())
        {
            var node = _root;
            while (node.Subscriptions == 0)
            {
                if (octets.IsEmpty) return false;
                var child = node.Find(octets[0]);
                if (child is null || !octets.StartsWith(child.Label)) return false;
                octets = octets[child.Label.Length..];
                node = child;
            }

            return true;
        }
    }

    public void Clear()
    {
        using (_gate.Hold())
        {
            _root.Children.Clear();
            _root.Subscriptions = 0;
            Count = 0;
            Cost = 0;
        }
    }

    private void Prune(Node? parent, Node node)
    {
        if (parent is null) return;
        if (node.Children.Count == 0)
        {
            parent.Children.Remove(node);
            Cost -= Node.Cost + node.Label.Length;
            MergeIfIdle(parent);
        }
        else
        {
            MergeIfIdle(node);
        }
    }

    /// <summary>A node that is nobody's topic is there for two children at least; so nothing is left behind by what was taken back.</summary>
    private void MergeIfIdle(Node node)
    {
        if (node == _root || node.Subscriptions > 0 || node.Children.Count != 1) return;
        node.Merge();
        Cost -= Node.Cost;
    }

    private sealed class Node(byte[] label)
    {
        /// <summary>A node, its list and their headers, roughly.</summary>
        public const int Cost = 128;

        public byte[] Label { get; private set; } = label;

        public List<Node> Children { get; private set; } = [];

        public volatile int Subscriptions;

        public Node? Find(byte first)
        {
            foreach (var child in Children)
            {
                if (child.Label[0] == first) return child;
            }

            return null;
        }

        /// <summary>Cuts the label: what is behind becomes a child that takes everything over.</summary>
        public void Split(int length)
        {
            var rest = new Node(Label[length..]) { Children = Children, Subscriptions = Subscriptions };
            Label = Label[..length];
            Children = [rest];
            Subscriptions = 0;
        }

        /// <summary>Takes the only child in.</summary>
        public void Merge()
        {
            var child = Children[0];
            Label = [.. Label, .. child.Label];
            Children = child.Children;
            Subscriptions = child.Subscriptions;
        }
    }
}
