using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Subscriptions;

// What the application receives, RFC 29, section "The XPUB Socket Type", in the form that subscriptions have on the wire of ZMTP 3.0:
//
//   notice = %x01 topic                   ; somebody has subscribed
//          | %x00 topic                   ; nobody is subscribed any more
//
// While it waits in the queue the second lowest bit of the first octet says that it counts for nothing: %x03 and %x02.

/// <summary>
/// What XPUB's application hears of subscriptions. Each peer's wait in its own queue, in order with its messages, and count against its marks.
/// Which of them are the first and the last to a topic is found out only when they are received: from then on the application knows of them,
/// and what it hears is right in the order in which it hears it, whatever the order in which peers take turns.
/// </summary>
/// <param name="showsEverySubscribe">Whether the application hears of each subscription, also to a topic that it knows.</param>
/// <param name="showsEveryCancel">The same of those taken back, by each peer: as many ends as there are beginnings.</param>
internal sealed class SubscriptionNotices(bool showsEverySubscribe, bool showsEveryCancel)
{
    /// <summary>What <see cref="MessageBuffer.Tag"/> says of a message that the peer sent as one.</summary>
    public const long IsMessage = 1;

    // Room that mostly stands empty is given back: from here on, when less than so much of it is used. Half of what is kept is room to grow, so that
    // as many topics have to come or go as were moved before any is moved again.
    private const int LeastTrimmed = 64;
    private const int TrimmedBelow = 8;

    private const byte Cancelled = 0;
    private const byte Subscribed = 1;
    private const byte Repeated = 2;

    // Of each topic that was announced, how many peers have it. By the receivers, one at a time.
    private readonly Dictionary<byte[], int> _announced = new(OctetComparer.Instance);

    /// <summary>For how many topics there is room without more memory. For tests.</summary>
    internal int Room => _announced.Capacity;

    /// <summary>A peer has subscribed. By its reader.</summary>
    /// <param name="pipe">The peer's.</param>
    /// <param name="topic">To what.</param>
    /// <param name="isNew">Whether it is the peer's first to the topic.</param>
    public void OnSubscribed(Pipe pipe, ReadOnlySpan<byte> topic, bool isNew)
    {
        if (isNew)
        {
            pipe.Append(Subscribed, topic);
            return;
        }

        // An application that counts comes out even, however often a peer subscribes: its end, or the one CANCEL of an XSUB, is one.
        if (showsEverySubscribe) pipe.Append(Subscribed | Repeated, topic);
        if (showsEveryCancel) pipe.Append(Cancelled | Repeated, topic);
    }

    /// <summary>A peer has taken back its last subscription to a topic. By its reader, or when it has none.</summary>
    public static void OnCancelled(Pipe pipe, ReadOnlySpan<byte> topic) => pipe.Append(Cancelled, topic);

    /// <summary>A message or a notice is received. Once for each, under the receiver's gate.</summary>
    /// <returns>Whether the application is to see it.</returns>
    public bool IsWanted(MessageBuffer message)
    {
        if (message.Tag == IsMessage) return true;
        var notice = message.Slot(0).Span;
        var isRepeated = (notice[0] & Repeated) != 0;
        notice[0] &= Subscribed;
        if (isRepeated) return true;
        var topic = notice[1..];
        return notice[0] == Subscribed ? Announce(topic) || showsEverySubscribe : Withdraw(topic) || showsEveryCancel;
    }

    /// <summary>Forgets what the application has heard of, and the room for it. When nobody receives any more.</summary>
    public void Forget()
    {
        _announced.Clear();
        GiveRoomBack();
    }

    private bool Announce(ReadOnlySpan<byte> topic)
    {
        try
        {
            return ++CollectionsMarshal.GetValueRefOrAddDefault(Announced, topic, out _) == 1;
        }
        catch (OutOfMemoryException)
        {
            // Rather once too often than never: messages to it would go nowhere.
            return true;
        }
    }

    /// <returns>Whether nobody has the topic any more.</returns>
    private bool Withdraw(ReadOnlySpan<byte> topic)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(Announced, topic);
        if (Unsafe.IsNullRef(ref count) || --count > 0) return false;
        Announced.Remove(topic);
        GiveRoomBack();
        return true;
    }

    private void GiveRoomBack()
    {
        if (_announced.Capacity <= LeastTrimmed || _announced.Count > _announced.Capacity / TrimmedBelow) return;
        try
        {
            _announced.TrimExcess(Math.Max(2 * _announced.Count, LeastTrimmed / 2));
        }
        catch (OutOfMemoryException)
        {
            // The table stays as it is, until the next topic goes.
        }
    }

    private Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> Announced => _announced.GetAlternateLookup<ReadOnlySpan<byte>>();
}
