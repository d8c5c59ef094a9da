using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The peers of one endpoint whose handshakes are under way: no more than <see cref="SocketOptions.MaxPendingHandshakes"/>, and fewer where there is no
/// descriptor for another peer. One of the address that has the most makes room, so that one address keeps out none but itself, however many connections
/// it opens: the oldest, but for those that are kept until they have their verdict. Else, where verdicts are slow and more good peers come than there is
/// room for, each would be dropped before its verdict comes, come again, and drop another.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class PendingHandshakes
{
    /// <summary>
    /// One in so many makes room for want of descriptors. Who came and found none is closed by then, good or not: with room for a single one every second
    /// one would be, and a good one among those who open as many connections as they can did not get in within 10 s.
    /// </summary>
    private const int ShareForDescriptors = 8;

    /// <summary>So many at least, where one address has them besides one that it keeps: of few handshakes a share would be a single one.</summary>
    private const int LeastForDescriptors = 8;

    /// <summary>
    /// One in so many is for those that come while all others wait for their verdicts: of these some may be about peers that have left since.
    /// </summary>
    private const int ShareForNewcomers = 4;

    private readonly ZmtpSocket _socket;
    private readonly string _endpoint;
    private readonly Lock _gate = new();
    private readonly CrowdByAddress<Arrival> _crowd = new();
    private readonly int _maxKept;

    public PendingHandshakes(ZmtpSocket socket, string endpoint)
    {
        _socket = socket;
        _endpoint = endpoint;
        var max = socket.Options.MaxPendingHandshakes;
        _maxKept = max - Math.Max(1, max / ShareForNewcomers);
        InProcess = new LinkedListNode<PendingHandshakes>(this);
    }

    /// <summary>Its place in <see cref="RoomForPeers"/>.</summary>
    public LinkedListNode<PendingHandshakes> InProcess { get; }

    /// <summary>How crowded it is: how many handshakes the address has that has the most, and how many all have.</summary>
    public (int OfOneAddress, int Count) Crowd
    {
        get
        {
            using (_gate.Hold()) return (_crowd.LongestLine, _crowd.Count);
        }
    }

    /// <summary>A handshake begins.</summary>
    /// <param name="arrival">Whose.</param>
    /// <param name="crowdedOut">Who has to make room, and is to be dropped; null: there was some.</param>
    /// <param name="isQuiet">Whether no more are under way than there are processors.</param>
    public CrowdByAddress<Arrival>.Place Enter(Arrival arrival, out Arrival? crowdedOut, out bool isQuiet)
    {
        var address = AddressKey.OfTurns(AddressOf(arrival.Transport));
        using (_gate.Hold())
        {
            var place = _crowd.Enter(address, arrival);
            crowdedOut = _crowd.Count > _socket.Options.MaxPendingHandshakes ? CrowdOut(Crowding.Handshakes) : null;
            isQuiet = _crowd.Count <= Environment.ProcessorCount;
            return place;
        }
    }

    /// <summary>The authenticator is being asked about a peer, or has answered.</summary>
    public void SetAsked(CrowdByAddress<Arrival>.Place place, bool isAsked)
    {
        using (_gate.Hold()) _crowd.SetKept(place, isAsked && _crowd.KeptCount < _maxKept);
    }

    /// <summary>A handshake is over, also one that had to make room.</summary>
    public void Leave(CrowdByAddress<Arrival>.Place place)
    {
        using (_gate.Hold()) _crowd.Leave(place);
    }

    /// <summary>Drops some handshakes for want of descriptors, at least one, and no more once each address has a single one.</summary>
    /// <returns>False: none is under way.</returns>
    public bool TryDropSome()
    {
        var (ofOneAddress, count) = Crowd;
        var some = Math.Max(count / ShareForDescriptors, Math.Min(LeastForDescriptors, ofOneAddress - 1));
        var dropped = 0;
        do
        {
            Arrival? crowdedOut;
            using (_gate.Hold()) crowdedOut = CrowdOut(Crowding.Descriptors);
            if (crowdedOut is null) break;
            crowdedOut.Drop(_socket, _endpoint);
            dropped++;
        }
        while (dropped < some && Crowd.OfOneAddress > 1);

        return dropped > 0;
    }

    /// <summary>The reason of a handshake that had to make room; null for another one.</summary>
    /// <param name="arrival">Whose.</param>
    /// <param name="cause">What it ended with; null: with success, before it was noticed that it had been dropped.</param>
    public ZmtpException? CrowdedOut(Arrival arrival, Exception? cause = null)
    {
        Crowding why;
        using (_gate.Hold()) why = arrival.CrowdedOutBy;
        return why == Crowding.None ? null : CutShort.ToMakeRoom(why, _socket.Options.MaxPendingHandshakes, cause);
    }

    /// <summary>A transport of the application's may throw, of a peer that has left: its handshake asks again, and fails by it.</summary>
    private static string AddressOf(TransportConnection transport)
    {
        try
        {
            return transport.PeerAddress ?? "";
        }
        catch (Exception e) when (e is not ThreadInterruptedException)
        {
            return "";
        }
    }

    // Under the gate.
    private Arrival? CrowdOut(Crowding why)
    {
        if (_crowd.First() is not { } place) return null;
        _crowd.Leave(place);
        place.Value.CrowdedOutBy = why;
        return place.Value;
    }
}
