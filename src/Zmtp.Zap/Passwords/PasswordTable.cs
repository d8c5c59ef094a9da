using System.Security.Cryptography;

namespace Zmtp.Zap;

/// <summary>Users and their entries. Not thread-safe while it is changed; the key is its owner's to dispose of.</summary>
internal sealed class PasswordTable(PasswordKey key, IPasswordHasher hasher)
{
    /// <summary>
    /// How many different parameters the hashes of one table may have: a check computes one hash for each. Two are enough to go from
    /// one to the other.
    /// </summary>
    public const int MaxCosts = 4;

    private static readonly byte[] Nobody = RandomNumberGenerator.GetBytes(PasswordKey.DigestSize);

    private readonly Dictionary<string, PasswordEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<PasswordHashParameters, int> _uses = [];
    private PasswordHashParameters[] _costs = [];

    public int Count => _entries.Count;

    public IReadOnlyCollection<string> UserNames => _entries.Keys;

    public bool HasClearText => _entries.Count > _uses.Values.Sum();

    /// <summary>Whether an entry with a hash can be set without going beyond <see cref="MaxCosts"/>.</summary>
    public bool HasRoomFor(PasswordHashParameters parameters) => _uses.ContainsKey(parameters) || _uses.Count < MaxCosts;

    public void SetClearText(string userName, ReadOnlySpan<byte> password) =>
        Set(userName, PasswordEntry.OfClearText(password, key));

    public void SetHash(string userName, PasswordHash hash) => Set(userName, PasswordEntry.OfHash(hash));

    public bool Remove(string userName)
    {
        if (!_entries.Remove(userName, out var entry)) return false;
        if (entry.Hash is null) return true;
        var parameters = entry.Hash.Parameters;
        if (--_uses[parameters] == 0) _uses.Remove(parameters);
        _costs = [.. _uses.Keys];
        return true;
    }

    public PasswordCheck Check(string userName) => new(_entries.GetValueOrDefault(userName), _costs, key, hasher);

    public string? FindVersion(string userName)
    {
        // Computed for nobody, too: it is asked for at every check, and its time must not tell which names there are.
        var entry = _entries.GetValueOrDefault(userName);
        var version = key.Version(userName, entry is null ? Nobody : entry.Octets);
        return entry is null ? null : version;
    }

    /// <summary>Whether both have the same users with the same entries. Both must have the same key.</summary>
    public bool SaysTheSameAs(PasswordTable other) =>
        Count == other.Count &&
        _entries.All(pair => other._entries.TryGetValue(pair.Key, out var theirs) && pair.Value.SaysTheSameAs(theirs));

    private void Set(string userName, PasswordEntry entry)
    {
        Remove(userName);
        _entries.Add(userName, entry);
        if (entry.Hash is null) return;
        _uses[entry.Hash.Parameters] = _uses.GetValueOrDefault(entry.Hash.Parameters) + 1;
        _costs = [.. _uses.Keys];
    }
}
