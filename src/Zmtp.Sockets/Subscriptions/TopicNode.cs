namespace Zmtp.Sockets.Subscriptions;

/// <summary>
/// A place in a <see cref="TopicTree"/> where topics part or one of them ends. Guarded by the tree.
/// </summary>
/// <remarks>
/// It keeps all octets from the root on, of which those behind its parent's are its label: so to cut a label in two or to join it again
/// copies nothing but the part in front, whatever a subscriber does to the topics of others.
/// </remarks>
/// <param name="path">The octets from the root on; the node's own.</param>
internal sealed class TopicNode(byte[] path)
{
    private byte[] _firstOctets = [];
    private TopicNode[] _children = [];
    private Subscriber[] _subscribers = [];
    private int _start;
    private volatile int _subscriberCount;

    /// <summary>The octets from the root on: the topic of its subscribers. They never change.</summary>
    public ReadOnlySpan<byte> Path => path;

    /// <summary>How many octets lead here.</summary>
    public int Depth => path.Length;

    /// <summary>The octets between the parent and here.</summary>
    public ReadOnlySpan<byte> Label => path.AsSpan(_start);

    /// <summary>Null at the root and at what has been cut off.</summary>
    public TopicNode? Parent { get; private set; }

    public int ChildCount { get; private set; }

    /// <summary>The subscribers that have the path as a topic, in no order.</summary>
    public ReadOnlySpan<Subscriber> Subscribers => _subscribers.AsSpan(0, _subscriberCount);

    /// <summary>Whether the path is anybody's topic. On any thread.</summary>
    public bool HasSubscribers => _subscriberCount > 0;

    /// <summary>The child whose label begins with an octet; null if there is none.</summary>
    public TopicNode? Find(byte first)
    {
        var index = _firstOctets.AsSpan(0, ChildCount).IndexOf(first);
        return index < 0 ? null : _children[index];
    }

    /// <summary>Adds a child, which begins with an octet that none of the others begins with.</summary>
    public TopicNode Add(byte[] childPath)
    {
        var child = new TopicNode(childPath);
        Adopt(child);
        return child;
    }

    /// <summary>Puts a node in between, where other topics part from this one.</summary>
    /// <param name="depth">Its depth, between the parent's and this one's.</param>
    public TopicNode Fork(int depth)
    {
        var fork = new TopicNode(path[..depth]);

        // First: if there is no memory for it, nothing has changed.
        fork.ResizeChildren(1);
        Parent!.Replace(this, fork);
        fork.Adopt(this);
        return fork;
    }

    /// <summary>Takes out what is nobody's topic and holds no others apart, from here on upwards.</summary>
    public void Prune()
    {
        var node = this;
        if (node is { HasSubscribers: false, ChildCount: 0, Parent: { } parent })
        {
            parent.Remove(node);
            node = parent;
        }

        if (node is { HasSubscribers: false, ChildCount: 1, Parent: not null }) node.Parent.Replace(node, node._children[0]);
    }

    /// <summary>Makes room for one more subscriber: <see cref="Add(Subscriber)"/> then needs no memory.</summary>
    public void Reserve()
    {
        if (_subscriberCount == _subscribers.Length) Array.Resize(ref _subscribers, Math.Max(1, _subscriberCount * 2));
    }

    /// <returns>Its index among the <see cref="Subscribers"/>.</returns>
    public int Add(Subscriber subscriber)
    {
        Reserve();
        _subscribers[_subscriberCount] = subscriber;
        return _subscriberCount++;
    }

    /// <summary>Takes a subscriber out; the last one takes its index.</summary>
    /// <returns>The last one, which may be the same.</returns>
    public Subscriber RemoveAt(int index)
    {
        var last = _subscribers[_subscriberCount - 1];
        _subscribers[index] = last;
        _subscribers[--_subscriberCount] = null!;
        if (IsTooLarge(_subscribers.Length, _subscriberCount)) Shrink(this, static node => Array.Resize(ref node._subscribers, node._subscriberCount));
        return last;
    }

    private void Adopt(TopicNode child)
    {
        if (ChildCount == _children.Length) ResizeChildren(Math.Max(1, ChildCount * 2));
        SetChild(ChildCount++, child);
    }

    private void Replace(TopicNode child, TopicNode other)
    {
        var index = Array.IndexOf(_children, child, 0, ChildCount);
        child.Parent = null;
        SetChild(index, other);
    }

    private void Remove(TopicNode child)
    {
        var index = Array.IndexOf(_children, child, 0, ChildCount);
        SetChild(index, _children[--ChildCount]);
        _children[ChildCount] = null!;

        // Not before: the last one may be the same.
        child.Parent = null;
        if (IsTooLarge(_children.Length, ChildCount)) Shrink(this, static node => node.ResizeChildren(node.ChildCount));
    }

    // Both or none.
    private void ResizeChildren(int size)
    {
        var children = _children;
        var firstOctets = _firstOctets;
        Array.Resize(ref children, size);
        Array.Resize(ref firstOctets, size);
        _children = children;
        _firstOctets = firstOctets;
    }

    // Where there is no memory for less, more stays: to take a topic back must not fail.
    private static void Shrink(TopicNode node, Action<TopicNode> resize)
    {
        try
        {
            resize(node);
        }
        catch (OutOfMemoryException)
        {
            // The next removal tries again.
        }
    }

    // What has been taken back must not go on occupying memory that nobody is charged for.
    private static bool IsTooLarge(int size, int count) => size > 4 * count;

    private void SetChild(int index, TopicNode child)
    {
        child.Parent = this;
        child._start = Depth;
        _children[index] = child;
        _firstOctets[index] = child.Label[0];
    }
}
