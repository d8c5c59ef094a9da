using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

// Senders that are far ahead of the connection.
internal sealed partial class Pipe : IReminded
{
    /// <summary>At the second tick senders go on, whatever the connection does: one that stalls holds them up for 20 ms at most, and once.</summary>
    private static readonly Reminder LeadReminder = new(TimeSpan.FromMilliseconds(10));

    // All under the gate. Whether senders are held back is also looked at without it.
    private SenderLead _lead;
    private volatile bool _isFarAhead;
    private bool _isLeadWatched;
    private bool _isLeadOld;

    /// <summary>
    /// Whether a sender that may wait does so, until <see cref="ZmtpSocket.OnRoom"/>, although there is room. It gets in line first, and then
    /// looks.
    /// </summary>
    public bool HoldsBack()
    {
        if (!_isFarAhead) return false;
        using (Gate.Hold())
        {
            if (!_isFarAhead || _isLeadWatched) return _isFarAhead;
            _isLeadWatched = true;
        }

        LeadReminder.Watch(this);
        return true;
    }

    bool IReminded.Remind()
    {
        using (Gate.Hold())
        {
            if (!_isFarAhead || _isLeadOld)
            {
                _isLeadWatched = false;
                if (!_isFarAhead) return false;
                _lead.GiveUp();
                _isFarAhead = false;
            }
            else
            {
                return _isLeadOld = true;
            }
        }

        _socket.OnRoom();
        return false;
    }

    /// <summary>A message waits. Under the gate.</summary>
    private void LookAhead()
    {
        // What is sealed takes longer for that than to go to memory and back: nothing is gained.
        if (_queuedOctets < SenderLead.Far || _isFarAhead || _writer is not { IsSealing: false }) return;
        _lead.OnQueued(_queuedOctets);
        if (!_lead.IsFar) return;
        _isFarAhead = true;
        _isLeadOld = false;
    }

    /// <summary>A message has left the queue. Under the gate.</summary>
    private void OnLeft(long octets)
    {
        if (_lead.OnLeft(octets)) _lead.Judge(_socket.Context.Options.Time);
    }

    /// <summary>Lets senders go on if little enough waits. Under the gate.</summary>
    /// <returns>Whether they were held back: the caller wakes them, after leaving the gate.</returns>
    private bool CatchUp()
    {
        if (!_isFarAhead || !_lead.CatchUp(_queuedOctets)) return false;
        _isFarAhead = false;
        return true;
    }

    /// <summary>The connection is gone. The caller wakes who waits, after leaving the gate. Under the gate.</summary>
    private void EndLead()
    {
        _lead.GiveUp();
        _isFarAhead = false;
    }
}
