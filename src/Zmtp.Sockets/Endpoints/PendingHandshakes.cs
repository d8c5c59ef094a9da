using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The peers of one endpoint whose handshakes are under way: no more than <see cref="SocketOptions.MaxPendingHandshakes"/>. Who makes room is the
/// oldest of the address that has the most, so that one address keeps out none but itself, however many connections it opens.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class PendingHandshakes(ZmtpSocket socket)
{
    private readonly Lock _gate = new();
    private readonly CrowdByAddress<Arrival> _crowd = new();

    /// <summary>A handshake begins.</summary>
    /// <param name="arrival">Whose.</param>
    /// <param name="address">What is taken for one host.</param>
    /// <param name="crowdedOut">Who has to make room, and is to be dropped; null: there was some.</param>
    /// <param name="isQuiet">Whether no more are under way than there are processors.</param>
    public CrowdByAddress<Arrival>.Place Enter(Arrival arrival, string address, out Arrival? crowdedOut, out bool isQuiet)
    {
        using (_gate.Hold())
        {
            var place = _crowd.Enter(address, arrival);
            crowdedOut = null;
            if (_crowd.Count > socket.Options.MaxPendingHandshakes && _crowd.First() is { } first)
            {
                _crowd.Leave(first);
                crowdedOut = first.Value;
            }

            isQuiet = _crowd.Count <= Environment.ProcessorCount;
            return place;
        }
    }

    /// <summary>A handshake is over, also one that had to make room.</summary>
    public void Leave(CrowdByAddress<Arrival>.Place place)
    {
        using (_gate.Hold()) _crowd.Leave(place);
    }

    /// <summary>The reason of a handshake that had to make room; null for another one.</summary>
    /// <param name="place">Whose.</param>
    /// <param name="cause">What it ended with.</param>
    public ZmtpException? CrowdedOut(CrowdByAddress<Arrival>.Place place, Exception cause)
    {
        using (_gate.Hold())
        {
            if (place.IsTaken) return null;
        }

        return CutShort.ToMakeRoom(socket.Options.MaxPendingHandshakes, cause);
    }
}
