namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Entries in the order in which they came, each with its address. It tells which must go where there is no room for all: one of the address that has
/// the most: the oldest that is not kept, or where all of its are, the newest. Where several addresses have as many, it is the oldest of all of theirs
/// that are not kept, or else the newest of all of theirs.
/// </summary>
/// <remarks>
/// To enter, to leave or to be kept takes logarithmic time in the number of addresses. To leave takes no memory, unlike in the runtime's ordered
/// collections when an order changes, so no entry stays for want of it. Nothing is kept of an address without entries. For one thread at a
/// time.
/// </remarks>
internal sealed class CrowdByAddress<T>
{
    private readonly Dictionary<string, AddressQueue> _queues = new(StringComparer.Ordinal);

    // The queues as a heap: each comes before the two at twice its index.
    private readonly List<AddressQueue> _heap = [];
    private long _numbers;

    public int Count { get; private set; }

    /// <summary>How many of them are kept.</summary>
    public int KeptCount { get; private set; }

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
            var first = new Place(queue, value);
            _queues.Add(address, queue);
            _heap.Add(queue);
            return Begin(first);
        }

        return Begin(new Place(queue, value));
    }

    /// <summary>Removes an entry; does nothing if it is gone already.</summary>
    public void Leave(Place place)
    {
        if (!place.IsTaken) return;
        place.IsTaken = false;
        var queue = place.Queue;
        queue.Remove(place);
        if (place.IsKept) KeptCount--;
        Count--;
        if (queue.Count > 0) Settle(queue);
        else Remove(queue);
    }

    /// <summary>An entry is kept, or not any more: then it is as one that has just come. Does nothing if the entry is gone.</summary>
    public void SetKept(Place place, bool isKept)
    {
        if (!place.IsTaken || place.IsKept == isKept) return;
        var queue = place.Queue;
        queue.Remove(place);
        place.IsKept = isKept;
        KeptCount += isKept ? 1 : -1;
        Append(place);
        Settle(queue);
    }

    /// <summary>The entry that must go.</summary>
    /// <returns>Null: there is none.</returns>
    public Place? First() => _heap.Count > 0 ? _heap[0].ToGo : null;

    private Place Begin(Place place)
    {
        Append(place);
        Count++;
        Settle(place.Queue);
        return place;
    }

    private void Append(Place place)
    {
        place.Number = _numbers++;
        place.Queue.Append(place);
    }

    private void Remove(AddressQueue queue)
    {
        _queues.Remove(queue.Address);
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (last == queue) return;
        Put(last, queue.Index);
        Settle(last);
    }

    private void Settle(AddressQueue queue)
    {
        Rise(queue);
        Sink(queue);
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

    /// <summary>Where an entry is.</summary>
    internal sealed class Place(AddressQueue queue, T value)
    {
        public T Value => value;

        /// <summary>Whether the entry is still there.</summary>
        public bool IsTaken { get; set; } = true;

        /// <summary>Whether others of its address go first.</summary>
        public bool IsKept { get; set; }

        internal AddressQueue Queue => queue;

        /// <summary>Higher than that of all which came to where this one is before.</summary>
        internal long Number { get; set; }

        internal Place? Previous { get; set; }

        internal Place? Next { get; set; }
    }

    /// <summary>The entries of one address. There is at least one.</summary>
    internal sealed class AddressQueue(string address, int index)
    {
        private Sequence _others;
        private Sequence _kept;

        public string Address => address;

        /// <summary>Its place in the heap.</summary>
        public int Index { get; set; } = index;

        public int Count { get; private set; }

        /// <summary>The entry that must go, if one of this address must.</summary>
        public Place ToGo => _others.First ?? _kept.Last!;

        public void Append(Place place)
        {
            Of(place).Append(place);
            Count++;
        }

        public void Remove(Place place)
        {
            Of(place).Remove(place);
            Count--;
        }

        public bool ComesBefore(AddressQueue other)
        {
            if (Count != other.Count) return Count > other.Count;
            var (mine, its) = (ToGo, other.ToGo);
            return mine.IsKept != its.IsKept ? its.IsKept : mine.IsKept ? mine.Number > its.Number : mine.Number < its.Number;
        }

        private ref Sequence Of(Place place) => ref place.IsKept ? ref _kept : ref _others;
    }

    /// <summary>Places in the order in which they came to it.</summary>
    private struct Sequence
    {
        public Place? First { get; private set; }

        public Place? Last { get; private set; }

        public void Append(Place place)
        {
            place.Previous = Last;
            if (Last is { } last) last.Next = place;
            else First = place;
            Last = place;
        }

        public void Remove(Place place)
        {
            if (place.Previous is { } previous) previous.Next = place.Next;
            else First = place.Next;
            if (place.Next is { } next) next.Previous = place.Previous;
            else Last = place.Previous;

            // A place may be referred to for a while after it is gone, and must not keep the others alive.
            (place.Previous, place.Next) = (null, null);
        }
    }
}
