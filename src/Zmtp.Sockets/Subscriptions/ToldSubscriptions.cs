using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets.Subscriptions;

/// <summary>The half of SUB and XSUB that subscribes: to what, and who of the publishers has been told (RFC 29).</summary>
/// <param name="passesRepeats">
/// Whether publishers hear of each subscription to a topic that they know already: XSUB's do, where a proxy's subscribers may each be due a greeting
/// (libzmq's rule). Else they hear of the first.
/// </param>
internal sealed class ToldSubscriptions(bool passesRepeats)
{
    private readonly Lock _gate = new();
    private readonly PipeList _pipes = new();
    private readonly SubscriptionSet _topics = new();

    // Of topics that publishers were told more than once: how much more often, since the first.
    private readonly Dictionary<byte[], int> _repeats = new(OctetComparer.Instance);

    /// <summary>The publishers; never changed afterwards.</summary>
    public Pipe[] Publishers => _pipes.Snapshot;

    public void Add(Pipe pipe) => _pipes.Add(pipe);

    public void Remove(Pipe pipe) => _pipes.Remove(pipe);

    /// <summary>Whether some topic is a prefix of these octets.</summary>
    public bool Matches(ReadOnlySpan<byte> octets) => _topics.Matches(octets);

    /// <summary>Adds one subscription. Outside all gates.</summary>
    public void Subscribe(ReadOnlySpan<byte> topic)
    {
        using (_gate.Hold())
        {
            if (!_topics.Add(topic) && !TryRepeat(topic)) return;
            Tell(topic, subscribe: true);
        }

        foreach (var pipe in _pipes.Snapshot) pipe.LeaveIfRefused();
    }

    /// <summary>Takes one subscription back. An unknown topic does nothing.</summary>
    /// <returns>Whether it was the topic's last.</returns>
    public bool Unsubscribe(ReadOnlySpan<byte> topic)
    {
        using (_gate.Hold())
        {
            // As many CANCEL as SUBSCRIBE per topic, with the last: right for publishers that count and for libzmq's, which do not.
            if (!_topics.Remove(topic)) return false;
            var repeats = TakeRepeats(topic);
            for (var i = 0; i <= repeats; i++) Tell(topic, subscribe: false);
            return true;
        }
    }

    /// <summary>Messages can flow: the publisher hears of all topics. Outside all gates.</summary>
    public void OnAttached(Pipe pipe)
    {
        using (_gate.Hold())
        {
            foreach (var topic in _topics.Topics) pipe.SendSubscription(topic.Path, subscribe: true);
            pipe.IsSubscribed = true;
        }

        pipe.LeaveIfRefused();
    }

    public void OnDetached(Pipe pipe)
    {
        using (_gate.Hold()) pipe.IsSubscribed = false;
    }

    private bool TryRepeat(ReadOnlySpan<byte> topic)
    {
        if (!passesRepeats) return false;
        var repeats = _repeats.GetAlternateLookup<ReadOnlySpan<byte>>();
        repeats.TryGetValue(topic, out var count);
        repeats[topic] = count + 1;
        return true;
    }

    private int TakeRepeats(ReadOnlySpan<byte> topic)
    {
        if (_repeats.Count == 0) return 0;
        _repeats.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(topic, out _, out var count);
        return count;
    }

    private void Tell(ReadOnlySpan<byte> topic, bool subscribe)
    {
        foreach (var pipe in _pipes.Snapshot)
        {
            if (pipe.IsSubscribed) pipe.SendSubscription(topic, subscribe);
        }
    }
}
