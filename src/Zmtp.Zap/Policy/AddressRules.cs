namespace Zmtp.Zap;

/// <summary>Which addresses may come in. Immutable.</summary>
internal sealed class AddressRules
{
    public static readonly AddressRules None = new(null, []);

    // Null: there is no such list, and every address is allowed. An empty one allows nobody: to take the last address out of it must not
    // let everybody in.
    private readonly AddressRange[]? _allowed;
    private readonly AddressRange[] _denied;

    private AddressRules(AddressRange[]? allowed, AddressRange[] denied)
    {
        _allowed = allowed;
        _denied = denied;
    }

    public AddressRules Allow(AddressRange[] ranges) => ranges.Length == 0 ? this : new(Merge(_allowed ?? [], ranges), _denied);

    public AddressRules Deny(IEnumerable<AddressRange> ranges) => new(_allowed, Merge(_denied, ranges));

    public AddressRules RemoveAllowed(IEnumerable<AddressRange> ranges) =>
        _allowed is null ? this : new([.. _allowed.Except(ranges)], _denied);

    public AddressRules RemoveDenied(IEnumerable<AddressRange> ranges) => new(_allowed, [.. _denied.Except(ranges)]);

    public AddressRules ReplaceAllowed(IEnumerable<AddressRange> ranges) => new([.. ranges.Distinct()], _denied);

    public AddressRules ReplaceDenied(IEnumerable<AddressRange> ranges) => new(_allowed, [.. ranges.Distinct()]);

    /// <returns>Null when the address may come in, else why it may not.</returns>
    public string? Check(string address)
    {
        if (_allowed is null && _denied.Length == 0) return null;
        if (address.Length == 0) return _allowed is null ? null : "The peer has no address, and there is a list of allowed addresses.";

        // An address that cannot be read cannot be told from a denied one.
        if (AddressRange.ReadPeer(address) is not { } peer) return "The peer's address is not an IP address, so that it cannot be checked.";
        if (Array.Find(_denied, range => range.Contains(peer)) is { } denied) return $"The address is denied by {denied}.";
        if (_allowed is null || Array.Exists(_allowed, range => range.Contains(peer))) return null;
        return "The address is not among the allowed ones.";
    }

    private static AddressRange[] Merge(AddressRange[] present, IEnumerable<AddressRange> added) => [.. present.Union(added)];
}
