using System.Runtime.CompilerServices;
using Zmtp.Threading;

namespace Zmtp;

/// <summary>
/// Message buffers for reuse. Buffers are rented on one thread (a connection's reader) and returned on another (the
/// application), so each thread works on a magazine of its own and exchanges only whole magazines with the depot.
/// </summary>
internal static class MessagePool
{
    private const int MagazineSize = 64;

    /// <summary>Full magazines the depot keeps; with <see cref="MagazineSize"/> it bounds what lies idle.</summary>
    private const int DepotSize = 64;

    private static readonly Lock Gate = new();
    private static readonly Magazine[] Full = new Magazine[DepotSize];
    private static readonly Magazine[] Empty = new Magazine[DepotSize];
    private static int _fullCount;
    private static int _emptyCount;

    [ThreadStatic]
    private static Magazine? _loaded;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MessageBuffer Rent() => _loaded is { Count: > 0 } magazine ? magazine.Pop() : RentSlow();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Return(MessageBuffer buffer)
    {
        if (_loaded is { Count: < MagazineSize } magazine) magazine.Push(buffer);
        else ReturnSlow(buffer);
    }

    private static MessageBuffer RentSlow()
    {
        using (Gate.Hold())
        {
            if (_fullCount > 0)
            {
                if (_loaded is not null && _emptyCount < DepotSize) Empty[_emptyCount++] = _loaded;
                _loaded = Full[--_fullCount];
                return _loaded.Pop();
            }
        }

        return new MessageBuffer();
    }

    private static void ReturnSlow(MessageBuffer buffer)
    {
        using (Gate.Hold())
        {
            // The depot is full: more idle buffers than anybody needs. The collector takes this one.
            if (_loaded is not null && _fullCount == DepotSize) return;

            // First: if there is no memory for it, the loaded one stays this thread's and nobody else's, and the collector takes the buffer.
            if ((_emptyCount > 0 ? Empty[--_emptyCount] : TryMakeMagazine()) is not { } empty) return;
            if (_loaded is not null) Full[_fullCount++] = _loaded;
            _loaded = empty;
        }

        _loaded.Push(buffer);
    }

    // To give a buffer back must not fail.
    private static Magazine? TryMakeMagazine()
    {
        try
        {
            return new Magazine();
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    private sealed class Magazine
    {
        private readonly MessageBuffer?[] _items = new MessageBuffer?[MagazineSize];

        public int Count { get; private set; }

        public void Push(MessageBuffer buffer) => _items[Count++] = buffer;

        public MessageBuffer Pop()
        {
            var buffer = _items[--Count]!;
            _items[Count] = null;
            return buffer;
        }
    }
}
