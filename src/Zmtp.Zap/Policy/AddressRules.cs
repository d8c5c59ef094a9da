namespace Zmtp.Zap;

/// <summary>Which addresses may come in. Immutable.</summary>
internal sealed class AddressRules
{
    public static readonly AddressRules None = new([], []);

    private readonly AddressRange[] _allowed;
    private readonly AddressRange[] _denied;

    private AddressRules(AddressRange[] allowed, AddressRange[] denied)
    {
        _allowed = allowed;
        _denied = denied;
    }

    public AddressRules Allow(IEnumerable<AddressRange> ranges) => new([.. _allowed, .. ranges], _denied);

    public AddressRules Deny(IEnumerable<AddressRange> ranges) => new(_allowed, [.. _denied, .. ranges]);

    /// <returns>Null when the address may come in, else why it may not.</returns>
    public string? Check(string address)
    {
        if (_allowed.Length == 0 && _denied.Length == 0) return null;
        if (address.Length == 0) return _allowed.Length == 0 ? null : "The peer has no address, and there is a list of allowed addresses.";

        // An address that cannot be read cannot be told from a denied one.
        if (AddressRange.ReadPeer(address) is not { } peer) return "The peer's address is not an IP address, so that it cannot be checked.";
        if (Array.Find(_denied, range => range.Contains(peer)) is { } denied) return $"The address is denied by {denied}.";
        if (_allowed.Length == 0 || Array.Exists(_allowed, range => range.Contains(peer))) return null;
        return "The address is not among the allowed ones.";
    }
}
