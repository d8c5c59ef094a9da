namespace Zmtp.Sockets.Metering;

/// <summary>What sockets count, by their types. Guarded by its owner.</summary>
internal sealed class SocketTally
{
    private readonly SocketCounts[] _counts = new SocketCounts[(int)SocketType.XSub + 1];

    /// <summary>The types that there are or were sockets of.</summary>
    public IEnumerable<SocketType> Types => Enumerable.Range(0, _counts.Length).Where(type => _counts[type].Made > 0).Select(static type => (SocketType)type);

    public SocketCounts this[SocketType type] => _counts[(int)type];

    /// <summary>Adds a socket, as it stands; not one of the context's own.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="isOpen">Whether it is there. One that was closed counts nothing any more, but for what its peers turn out to have been sent.</param>
    public void Add(ZmtpSocket socket, bool isOpen)
    {
        if (socket.Options.IsOfContext) return;
        var sending = socket as SendingSocket;
        _counts[(int)socket.Type] += new SocketCounts(1, isOpen ? 1 : 0, sending?.UnsentCount ?? 0, sending?.DroppedCount ?? 0);
    }

    /// <summary>Adds what another has.</summary>
    public void Add(SocketTally other)
    {
        for (var type = 0; type < _counts.Length; type++) _counts[type] += other._counts[type];
    }
}
