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

    /// <param name="ranges">Those to add; one at least, because an empty list here would be one that allows nobody.</param>
    public AddressRules Allow(AddressRange[] ranges) => new(Merge(_allowed ?? [], ranges), _denied);

    public AddressRules Deny(AddressRange[] ranges) => ranges.Length == 0 ? this : new(_allowed, Merge(_denied, ranges));

    public AddressRules RemoveAllowed(IEnumerable<AddressRange> ranges) =>
        _allowed is null ? this : new([.. _allowed.Except(ranges)], _denied);

    public AddressRules RemoveDenied(IEnumerable<AddressRange> ranges) =>
        _denied.Length == 0 ? this : new(_allowed, [.. _denied.Except(ranges)]);

    public AddressRules ReplaceAllowed(IEnumerable<AddressRange> ranges) => new([.. ranges.Distinct()], _denied);

    public AddressRules ReplaceDenied(IEnumerable<AddressRange> ranges) => new(_allowed, [.. ranges.Distinct()]);

    /// <summary>Judges an address by these rules, and by those of "*" as far as they hold beside these.</summary>
    /// <param name="address">The peer's; empty when it has none.</param>
    /// <param name="rest">The rules of "*"; <see cref="None"/> where there are none or these are they.</param>
    /// <returns>Null when the address may come in, else why it may not.</returns>
    public string? Check(string address, AddressRules rest)
    {
        // Allowed is inherited as a whole and denied is added to: to deny an address in a domain must not let others in.
        var allowed = _allowed ?? rest._allowed;
        if (allowed is null && _denied.Length == 0 && rest._denied.Length == 0) return null;
        if (address.Length == 0) return allowed is null ? null : "The peer has no address, and there is a list of allowed addresses.";

        // An address that cannot be read cannot be told from a denied one.
        if (AddressRange.ReadPeer(address) is not { } peer) return "The peer's address is not an IP address, so that it cannot be checked.";
        if ((Find(_denied, peer) ?? Find(rest._denied, peer)) is { } denied) return $"The address is denied by {denied}.";
        return allowed is null || Find(allowed, peer) is not null ? null : "The address is not among the allowed ones.";
    }

    private static AddressRange? Find(AddressRange[] ranges, byte[] peer) => Array.Find(ranges, range => range.Contains(peer));

    private static AddressRange[] Merge(AddressRange[] present, IEnumerable<AddressRange> added) => [.. present.Union(added)];
}
