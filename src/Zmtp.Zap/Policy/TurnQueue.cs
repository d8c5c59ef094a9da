using Zmtp.Threading;

namespace Zmtp.Zap;

/// <summary>
/// Gives out a number of places. A check that finds none waits, and addresses take turns: one that asks a thousand times holds up another
/// by one place each time, not by a thousand. Checks that no peer can multiply get every second place, however many addresses wait. When no
/// more may wait, the newest of the address with the most gives way to an address that has fewer. Holds nothing of addresses of which no
/// check waits. Safe on any thread.
/// </summary>
/// <param name="places">How many places there are; at least 1.</param>
/// <param name="maxWaiting">How many may wait.</param>
internal sealed class TurnQueue(int places, int maxWaiting)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TurnLine> _lines = new(StringComparer.Ordinal);
    private readonly TurnLine _patient = new(null);

    // The lines in which a check waits, the next one first.
    private readonly LinkedList<TurnLine> _round = [];
    private int _free = places;
    private int _waiting;

    /// <summary>Of how many addresses a check waits. For tests.</summary>
    public int AddressCount
    {
        get
        {
            using (_gate.Hold()) return _lines.Count;
        }
    }

    /// <summary>Takes a place if one is free, without the memory of a turn.</summary>
    public bool TryEnter()
    {
        using (_gate.Hold())
        {
            if (_free == 0) return false;
            _free--;
            return true;
        }
    }

    /// <summary>Asks for a place.</summary>
    /// <param name="address">The address that the check is for; null for a check that may wait without counting.</param>
    /// <returns>Null when there is neither a place nor room to wait.</returns>
    public Turn? Enter(string? address)
    {
        using (_gate.Hold())
        {
            if (_free > 0)
            {
                // Taken last: there may be no memory for the turn.
                var now = new Turn(line: null);
                now.Complete(hasPlace: true);
                _free--;
                return now;
            }

            if (address is not null && _waiting >= maxWaiting && !TryMakeRoom(address)) return null;
            return Add(LineOf(address));
        }
    }

    /// <summary>Gives a place back: to the next one, if anybody waits.</summary>
    public void Leave()
    {
        using (_gate.Hold())
        {
            if (_round.First is not { } next)
            {
                _free++;
                return;
            }

            // To the end of the round, for the next one of this address; Remove takes it out when there is none.
            _round.Remove(next);
            _round.AddLast(next);

            // These come next: there may be thousands of addresses in a round.
            if (next.Value != _patient && _patient.Turns.Count > 0)
            {
                _round.Remove(_patient.Place);
                _round.AddFirst(_patient.Place);
            }

            var turn = next.Value.Turns.First!.Value;
            Remove(turn);
            turn.Complete(hasPlace: true);
        }
    }

    /// <summary>Gives up a turn, also when a place has come for it meanwhile.</summary>
    public void Abandon(Turn turn)
    {
        using (_gate.Hold())
        {
            if (turn.Place.List is not null)
            {
                Remove(turn);
                return;
            }
        }

        // Out of its line, and so told what it has come to: both are done under the gate.
        if (turn.Comes.Result) Leave();
    }

    // The caller holds the gate, as for all below.
    private bool TryMakeRoom(string address)
    {
        var own = _lines.TryGetValue(address, out var line) ? line.Turns.Count : 0;
        var longest = _lines.Values.MaxBy(static other => other.Turns.Count);

        // To change places with an equal would help nobody.
        if (longest is null || longest.Turns.Count <= own + 1) return false;
        var newest = longest.Turns.Last!.Value;
        Remove(newest);
        newest.Complete(hasPlace: false);
        return true;
    }

    private TurnLine LineOf(string? address)
    {
        if (address is null) return _patient;
        return _lines.TryGetValue(address, out var line) ? line : new TurnLine(address);
    }

    private Turn Add(TurnLine line)
    {
        var turn = new Turn(line);
        if (line.Turns.Count == 0)
        {
            if (line.Address is { } address) _lines.Add(address, line);
            _round.AddLast(line.Place);
        }

        if (line != _patient) _waiting++;
        line.Turns.AddLast(turn.Place);
        return turn;
    }

    private void Remove(Turn turn)
    {
        var line = turn.Line!;
        line.Turns.Remove(turn.Place);
        if (line != _patient) _waiting--;
        if (line.Turns.Count > 0) return;
        _round.Remove(line.Place);
        if (line.Address is { } address) _lines.Remove(address);
    }
}
