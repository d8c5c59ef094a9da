namespace Zmtp.Zap;

/// <summary>The peers that were let in and are still there, counted by address and by user id. Safe on any thread.</summary>
internal sealed class LivePeers
{
    private readonly Lock _gate = new();
    private readonly HashSet<LivePeer> _peers = [];
    private readonly Tally _addresses = new();
    private readonly Tally _userIds = new();

    public int Count
    {
        get
        {
            lock (_gate) return _peers.Count;
        }
    }

    /// <summary>Counts a peer in.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="everywhere">What holds for all its connections.</param>
    /// <param name="inDomain">What holds for those in its domain.</param>
    /// <returns>Null, or why there are too many already: a sentence to answer 300 with. Then it was not counted.</returns>
    public string? TryAdd(LivePeer peer, ConnectionLimits everywhere, ConnectionLimits inDomain)
    {
        var domain = peer.Facts.Domain;
        lock (_gate)
        {
            var reason = Check(_addresses, null, peer.AddressKey, everywhere.PerAddress, "address")
                ?? Check(_addresses, domain, peer.AddressKey, inDomain.PerAddress, "address")
                ?? Check(_userIds, null, peer.UserId, everywhere.PerUserId, "user id")
                ?? Check(_userIds, domain, peer.UserId, inDomain.PerUserId, "user id");
            if (reason is not null) return reason;

            // First, for want of memory: a peer that is counted in part would be counted out as a whole.
            _addresses.MakeRoom();
            _userIds.MakeRoom();
            _peers.Add(peer);
            Step(peer, 1);
            return null;
        }
    }

    /// <summary>Counts a peer out, if it was counted.</summary>
    public void Remove(LivePeer peer)
    {
        lock (_gate)
        {
            if (_peers.Remove(peer)) Step(peer, -1);
        }
    }

    /// <summary>All that are there now.</summary>
    public LivePeer[] Snapshot()
    {
        lock (_gate) return [.. _peers];
    }

    private static string? Check(Tally tally, string? domain, string key, int? limit, string what)
    {
        if (limit is not { } most || key.Length == 0 || tally.Get(domain, key) < most) return null;
        var where = domain is null ? "" : $" in domain \"{ZapText.ToPrintable(domain)}\"";
        return $"The {what} {ZapText.ToPrintable(key)} has {most} connections{where}, as many as it may have. " +
            "Check who opens them, and the limit.";
    }

    private void Step(LivePeer peer, int step)
    {
        _addresses.Add(peer.Facts.Domain, peer.AddressKey, step);
        _userIds.Add(peer.Facts.Domain, peer.UserId, step);
    }
}
