using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Subscriptions;

/// <summary>A subscriber in a <see cref="TopicTree"/>, and its topics. Guarded by the tree.</summary>
/// <param name="pipe">Where the messages go; null where nobody asks.</param>
internal sealed class Subscriber(Pipe? pipe = null)
{
    /// <summary>A topic's place in the tree and here, roughly, besides its octets.</summary>
    public const int TopicCost = 160;

    public Pipe? Pipe => pipe;

    /// <summary>
    /// Whether one CANCEL takes back all its subscriptions to a topic: an XSUB passes on each SUBSCRIBE it is sent, for publishers that greet, and
    /// CANCEL with the last only, as libzmq's and NetMQ's have it. Of others each takes back one (RFC 29, ZMTP 3.1).
    /// </summary>
    public bool CancelsAtOnce { get; set; }

    /// <summary>Its topics.</summary>
    public Dictionary<TopicNode, Subscription> Topics { get; set; } = [];

    /// <summary>
    /// Octets of all its topics, each counted with what a place in the tree costs: an upper bound, but for a constant factor, of what it
    /// makes the tree occupy, even if others have the same topics.
    /// </summary>
    public long Cost { get; set; }

    /// <summary>The last search that has found it: each one finds it once.</summary>
    public long FoundBy { get; set; }

    /// <summary>Whether it has gone for good: what still comes from it is ignored.</summary>
    public bool IsGone { get; set; }
}
