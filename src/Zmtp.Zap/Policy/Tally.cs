using System.Runtime.InteropServices;

namespace Zmtp.Zap;

/// <summary>Counts by name, in each domain and in all of them together. Not thread-safe.</summary>
internal sealed class Tally
{
    private readonly Dictionary<(string? Domain, string Name), int> _counts = [];

    /// <param name="domain">Null for all domains together.</param>
    /// <param name="name">What is counted.</param>
    public int Get(string? domain, string name) => _counts.GetValueOrDefault((domain, name));

    /// <summary>Counts up or down; a name without one left is forgotten. The empty name is not counted.</summary>
    public void Add(string domain, string name, int step)
    {
        if (name.Length == 0) return;
        Step((null, name), step);
        Step((domain, name), step);
    }

    /// <summary>Makes room for one name, so that the next step up needs no memory: it is made as a whole or not at all.</summary>
    public void MakeRoom()
    {
        const int KeysOfAName = 2;
        if (_counts.Count + KeysOfAName > _counts.Capacity) _counts.EnsureCapacity(KeysOfAName * (_counts.Count + KeysOfAName));
    }

    private void Step((string? Domain, string Name) key, int step)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _);
        count += step;
        if (count == 0) _counts.Remove(key);
    }
}
