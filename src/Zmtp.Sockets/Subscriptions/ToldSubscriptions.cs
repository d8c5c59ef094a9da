using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets.Subscriptions;

/// <summary>The half of SUB and XSUB that subscribes: to what, and which publishers have been told (RFC 29).</summary>
/// <param name="passesRepeats">
/// Whether publishers hear of each subscription to a topic that they know already: XSUB's do, where a proxy's subscribers may each be due a greeting
/// (libzmq's rule). Else they hear of the first.
/// </param>
internal sealed class ToldSubscriptions(bool passesRepeats)
{
    private readonly Lock _gate = new();
    private readonly PipeList _pipes = new();
    private readonly SubscriptionSet _topics = new();

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
            if (!_topics.Add(topic) && !passesRepeats) return;
            Tell(topic, subscribe: true);
        }

        LeaveWhereRefused();
    }

    /// <summary>Takes one subscription back. An unknown topic does nothing. Outside all gates.</summary>
    /// <returns>Whether it was the topic's last.</returns>
    public bool Unsubscribe(ReadOnlySpan<byte> topic)
    {
        using (_gate.Hold())
        {
            // One CANCEL, with the last, whatever our count: libzmq's publishers do not count, and take an extra CANCEL for the end of what
            // others still want.
            if (!_topics.Remove(topic)) return false;
            Tell(topic, subscribe: false);
        }

        LeaveWhereRefused();
        return true;
    }

    /// <summary>Whether all publishers have room for a subscription that comes from others.</summary>
    public bool HaveRoom()
    {
        foreach (var pipe in _pipes.Snapshot)
        {
            if (!pipe.HasRoomForSubscription()) return false;
        }

        return true;
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

    private void Tell(ReadOnlySpan<byte> topic, bool subscribe)
    {
        foreach (var pipe in _pipes.Snapshot)
        {
            if (pipe.IsSubscribed) pipe.SendSubscription(topic, subscribe);
        }
    }

    private void LeaveWhereRefused()
    {
        foreach (var pipe in _pipes.Snapshot) pipe.LeaveIfRefused();
    }
}
