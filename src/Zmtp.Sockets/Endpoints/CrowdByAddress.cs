namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Those who are somewhere, in the order in which they came, each with its address. It knows who has to go where there is no room for all: the
/// oldest of the address that has the most, and where several have as many, the oldest of all these.
/// </summary>
/// <remarks>
/// To come and to go takes as long as the logarithm of the number of addresses says, and to go takes no memory, which the collections of the runtime that
/// keep an order want where a place in it changes: nobody stays for want of it. Holds nothing of addresses of which nobody is there. For one thread
/// at a time.
/// </remarks>
internal sealed class CrowdByAddress<T>
{
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    // The lines as a heap: each comes before the two at twice its index.
    private readonly List<Line> _heap = [];
    private long _arrivals;

    public int Count { get; private set; }

    /// <summary>How many there are of the address that has the most.</summary>
    public int LongestLine => _heap.Count > 0 ? _heap[0].Count : 0;

    /// <summary>How many addresses there are. For tests.</summary>
    public int AddressCount => _heap.Count;

    /// <summary>Lets somebody in.</summary>
    /// <exception cref="OutOfMemoryException">Nothing has changed.</exception>
    public Place Enter(string address, T value)
    {
        if (!_lines.TryGetValue(address, out var line))
        {
            line = new Line(address, _heap.Count);
            _heap.EnsureCapacity(_heap.Count + 1);
            var first = new Place(line, value, _arrivals);
            _lines.Add(address, line);
            _heap.Add(line);
            return Append(first);
        }

        return Append(new Place(line, value, _arrivals));
    }

    /// <summary>Lets somebody go; does nothing for one who has gone.</summary>
    public void Leave(Place place)
    {
        if (!place.IsTaken) return;
        place.IsTaken = false;
        var line = place.Line;
        if (place.Previous is { } previous) previous.Next = place.Next;
        else line.First = place.Next;
        if (place.Next is { } next) next.Previous = place.Previous;
        else line.Last = place.Previous;

        // Whoever has gone is remembered for a while yet, and is not to remember the others.
        (place.Previous, place.Next) = (null, null);
        line.Count--;
        Count--;
        if (line.Count > 0) Sink(line);
        else Remove(line);
    }

    /// <summary>Who has to go.</summary>
    /// <returns>Null: nobody is there.</returns>
    public Place? First() => _heap.Count > 0 ? _heap[0].First : null;

    private Place Append(Place place)
    {
        var line = place.Line;
        place.Previous = line.Last;
        if (line.Last is { } last) last.Next = place;
        else line.First = place;
        line.Last = place;
        line.Count++;
        Count++;
        _arrivals++;
        Rise(line);
        return place;
    }

    private void Remove(Line line)
    {
        _lines.Remove(line.Address);
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (last == line) return;
        Put(last, line.Index);
        Rise(last);
        Sink(last);
    }

    private void Rise(Line line)
    {
        while (line.Index > 0)
        {
            var above = _heap[(line.Index - 1) / 2];
            if (!line.ComesBefore(above)) return;
            Swap(line, above);
        }
    }

    private void Sink(Line line)
    {
        for (;;)
        {
            var child = (2 * line.Index) + 1;
            if (child >= _heap.Count) return;
            if (child + 1 < _heap.Count && _heap[child + 1].ComesBefore(_heap[child])) child++;
            var below = _heap[child];
            if (!below.ComesBefore(line)) return;
            Swap(line, below);
        }
    }

    private void Swap(Line line, Line other)
    {
        var index = line.Index;
        Put(line, other.Index);
        Put(other, index);
    }

    private void Put(Line line, int index)
    {
        _heap[index] = line;
        line.Index = index;
    }

    /// <summary>Where one of them is.</summary>
    internal sealed class Place(Line line, T value, long number)
    {
        public T Value => value;

        /// <summary>Whether he is still there.</summary>
        public bool IsTaken { get; set; } = true;

        internal Line Line => line;

        internal long Number => number;

        internal Place? Previous { get; set; }

        internal Place? Next { get; set; }
    }

    /// <summary>Those of one address, the oldest first. There is at least one.</summary>
    internal sealed class Line(string address, int index)
    {
        public string Address => address;

        /// <summary>Its place in the heap.</summary>
        public int Index { get; set; } = index;

        public int Count { get; set; }

        public Place? First { get; set; }

        public Place? Last { get; set; }

        public bool ComesBefore(Line other) => Count != other.Count ? Count > other.Count : First!.Number < other.First!.Number;
    }
}
