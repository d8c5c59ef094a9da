using Zmtp.Threading;

namespace Zmtp;

/// <summary>Idle arrays of one length, for reuse. Safe on any thread.</summary>
internal sealed class Shelf<T>(int arrayLength)
{
    private readonly Lock _gate = new();
    private T[]?[] _arrays = new T[]?[8];
    private int _count;
    private int _leastSinceSweep;

    public int ArrayLength => arrayLength;

    /// <summary>The length of all that lies here; a moment's view.</summary>
    public long Elements => (long)Volatile.Read(ref _count) * arrayLength;

    public T[]? TryPop()
    {
        using (_gate.Hold())
        {
            if (_count == 0) return null;
            var array = _arrays[--_count];
            _arrays[_count] = null;
            _leastSinceSweep = Math.Min(_leastSinceSweep, _count);
            return array;
        }
    }

    /// <summary>
    /// Takes an array. False: there is no memory for its place here, and the collector takes it. Does not throw: to give an array back must
    /// not fail.
    /// </summary>
    public bool TryPush(T[] array)
    {
        using (_gate.Hold())
        {
            if (_count == _arrays.Length && !TryGrow()) return false;
            _arrays[_count++] = array;
            return true;
        }
    }

    /// <summary>Gives up what nobody needed since the last sweep.</summary>
    /// <returns>The length of all that was given up.</returns>
    public long Sweep()
    {
        using (_gate.Hold())
        {
            var unused = _leastSinceSweep;
            for (var i = 0; i < unused; i++) _arrays[--_count] = null;
            _leastSinceSweep = _count;
            return (long)unused * arrayLength;
        }
    }

    private bool TryGrow()
    {
        try
        {
            Array.Resize(ref _arrays, _count * 2);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }
}
