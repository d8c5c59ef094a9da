namespace Zmtp.Sockets.Subscriptions;

/// <summary>
/// Topics with counts of one subscriber, and the question whether one of them is a prefix of a message (RFC 29): a
/// <see cref="TopicTree"/> of its own.
/// </summary>
/// <remarks>Safe on any thread, but for <see cref="Topics"/>.</remarks>
internal sealed class SubscriptionSet
{
    private readonly TopicTree _tree = new();
    private readonly Subscriber _subscriber = new();

    /// <summary>The topics, each once. While nobody adds or removes any.</summary>
    public IReadOnlyCollection<TopicNode> Topics => _subscriber.Topics.Keys;

    /// <summary>Adds one subscription.</summary>
    /// <returns>Whether the topic is new.</returns>
    public bool Add(ReadOnlySpan<byte> topic) => _tree.Add(_subscriber, topic);

    /// <summary>Takes one subscription back. An unknown topic does nothing.</summary>
    /// <returns>Whether it was the topic's last.</returns>
    public bool Remove(ReadOnlySpan<byte> topic) => _tree.Remove(_subscriber, topic) == 0;

    /// <summary>Whether some topic is a prefix of these octets.</summary>
    public bool Matches(ReadOnlySpan<byte> octets) => _tree.Matches(octets);
}
