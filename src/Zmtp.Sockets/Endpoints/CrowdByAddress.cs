namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Entries in the order in which they came, each with its address. It tells which must go where there is no room for all: the oldest of the
/// address that has the most, and where several addresses have as many, the oldest of all these.
/// </summary>
/// <remarks>
/// To enter or leave takes logarithmic time in the number of addresses. To leave takes no memory, unlike in the runtime's ordered
/// collections when an order changes, so no entry stays for want of it. Nothing is kept of an address without entries. For one thread at a
/// time.
/// </remarks>
internal sealed class CrowdByAddress<T>
{
    private readonly Dictionary<string, AddressQueue> _queues = new(StringComparer.Ordinal);

    // The queues as a heap: each comes before the two at twice its index.
    private readonly List<AddressQueue> _heap = [];
    private long _arrivals;

    public int Count { get; private set; }

    /// <summary>How many there are of the address that has the most.</summary>
    public int LongestLine => _heap.Count > 0 ? _heap[0].Count : 0;

    /// <summary>How many addresses there are. For tests.</summary>
    public int AddressCount => _heap.Count;

    /// <summary>Adds an entry.</summary>
    /// <exception cref="OutOfMemoryException">Nothing has changed.</exception>
    public Place Enter(string address, T value)
    {
        if (!_queues.TryGetValue(address, out var queue))
        {
            queue = new AddressQueue(address, _heap.Count);
            _heap.EnsureCapacity(_heap.Count + 1);
            var first = new Place(queue, value, _arrivals);
            _queues.Add(address, queue);
            _heap.Add(queue);
            return Append(first);
        }

        return Append(new Place(queue, value, _arrivals));
    }

    /// <summary>Removes an entry; does nothing if it is gone already.</summary>
    public void Leave(Place place)
    {
        if (!place.IsTaken) return;
        place.IsTaken = false;
        var queue = place.Queue;
        if (place.Previous is { } previous) previous.Next = place.Next;
        else queue.First = place.Next;
        if (place.Next is { } next) next.Previous = place.Previous;
        else queue.Last = place.Previous;

        // A place may be referred to for a while after it is gone, and must not keep the others alive.
        (place.Previous, place.Next) = (null, null);
        queue.Count--;
        Count--;
        if (queue.Count > 0) Sink(queue);
        else Remove(queue);
    }

    /// <summary>The entry that must go.</summary>
    /// <returns>Null: there is none.</returns>
    public Place? First() => _heap.Count > 0 ? _heap[0].First : null;

    private Place Append(Place place)
    {
        var queue = place.Queue;
        place.Previous = queue.Last;
        if (queue.Last is { } last) last.Next = place;
        else queue.First = place;
        queue.Last = place;
        queue.Count++;
        Count++;
        _arrivals++;
        Rise(queue);
        return place;
    }

    private void Remove(AddressQueue queue)
    {
        _queues.Remove(queue.Address);
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (last == queue) return;
        Put(last, queue.Index);
        Rise(last);
        Sink(last);
    }

    private void Rise(AddressQueue queue)
    {
        while (queue.Index > 0)
        {
            var above = _heap[(queue.Index - 1) / 2];
            if (!queue.ComesBefore(above)) return;
            Swap(queue, above);
        }
    }

    private void Sink(AddressQueue queue)
    {
        for (;;)
        {
            var child = (2 * queue.Index) + 1;
            if (child >= _heap.Count) return;
            if (child + 1 < _heap.Count && _heap[child + 1].ComesBefore(_heap[child])) child++;
            var below = _heap[child];
            if (!below.ComesBefore(queue)) return;
            Swap(queue, below);
        }
    }

    private void Swap(AddressQueue queue, AddressQueue other)
    {
        var index = queue.Index;
        Put(queue, other.Index);
        Put(other, index);
    }

    private void Put(AddressQueue queue, int index)
    {
        _heap[index] = queue;
        queue.Index = index;
    }

    /// <summary>Where one entry is.</summary>
    internal sealed class Place(AddressQueue queue, T value, long number)
    {
        public T Value => value;

        /// <summary>Whether the entry is still there.</summary>
        public bool IsTaken { get; set; } = true;

        internal AddressQueue Queue => queue;

        internal long Number => number;

        internal Place? Previous { get; set; }

        internal Place? Next { get; set; }
    }

    /// <summary>The entries of one address, the oldest first. There is at least one.</summary>
    internal sealed class AddressQueue(string address, int index)
    {
        public string Address => address;

        /// <summary>Its place in the heap.</summary>
        public int Index { get; set; } = index;

        public int Count { get; set; }

        public Place? First { get; set; }

        public Place? Last { get; set; }

        public bool ComesBefore(AddressQueue other) => Count != other.Count ? Count > other.Count : First!.Number < other.First!.Number;
    }
}
