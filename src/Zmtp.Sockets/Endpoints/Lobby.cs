using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>The connected peers, and the last reason why one is not: what <see cref="ZmtpSocket.WaitForPeerAsync"/> waits for.</summary>
internal sealed class Lobby
{
    private readonly Lock _gate = new();
    private readonly List<(ZmtpPeer Peer, string Transport)> _peers = [];
    private TaskCompletionSource<ZmtpPeer> _arrival = NewArrival();
    private ZmtpException? _lastError;
    private Exception? _closed;

    public int Count
    {
        get
        {
            using (_gate.Hold()) return _peers.Count;
        }
    }

    public IReadOnlyList<ZmtpPeer> Peers
    {
        get
        {
            using (_gate.Hold()) return [.. _peers.Select(static one => one.Peer)];
        }
    }

    /// <summary>The peers, each with the scheme of the endpoint by which it is there. A copy.</summary>
    public (ZmtpPeer Peer, string Transport)[] Connections
    {
        get
        {
            using (_gate.Hold()) return [.. _peers];
        }
    }

    /// <summary>Why nobody is connected, where that is known; null where somebody is.</summary>
    public ZmtpException? WhyEmpty
    {
        get
        {
            using (_gate.Hold()) return _peers.Count == 0 ? _lastError : null;
        }
    }

    /// <summary>There is a new endpoint, and with it new hope.</summary>
    /// <param name="isOnly">
    /// Whether it is the only one: then what was wrong with those before it is not the reason why nobody comes. Else that stays until the
    /// next attempt fails, because another one may take its time.
    /// </param>
    public void Expect(bool isOnly)
    {
        using (_gate.Hold())
        {
            if (isOnly) _lastError = null;
            if (_arrival.Task.IsFaulted && _closed is null) _arrival = NewArrival();
        }
    }

    public void Enter(ZmtpPeer peer, string transport)
    {
        using (_gate.Hold())
        {
            _peers.Add((peer, transport));
            _lastError = null;
            if (_arrival.Task.IsFaulted) _arrival = NewArrival();
            _arrival.TrySetResult(peer);
        }
    }

    public void Leave(ZmtpPeer peer)
    {
        using (_gate.Hold())
        {
            Remove(peer);
            if (_peers.Count == 0 && _arrival.Task.IsCompleted) _arrival = NewArrival();
        }
    }

    /// <summary>An attempt failed; others may follow.</summary>
    public void Note(ZmtpException error)
    {
        using (_gate.Hold()) _lastError = error;
    }

    /// <summary>The last endpoint was given up for good: nobody needs to wait any longer.</summary>
    public void GiveUp(ZmtpException error)
    {
        using (_gate.Hold())
        {
            _lastError = error;
            if (_peers.Count > 0) return;
            _arrival.TrySetException(error);
            _arrival.Task.MarkSeen();
        }
    }

    /// <summary>Waits until a peer is there.</summary>
    /// <param name="timeout">How long.</param>
    /// <param name="time">The clock of that.</param>
    /// <param name="explain">Says why nobody is there where no attempt has failed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ZmtpPeer> WaitAsync(TimeSpan timeout, TimeProvider time, Func<string> explain, CancellationToken cancellationToken)
    {
        Task<ZmtpPeer> arrival;
        using (_gate.Hold())
        {
            if (_closed is not null) throw _closed;
            if (_peers.Count > 0) return _peers[0].Peer;
            arrival = _arrival.Task;
        }

        try
        {
            return await arrival.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            ZmtpException? reason;
            using (_gate.Hold()) reason = _lastError;
            if (reason is not null) throw reason;
            throw new TimeoutException($"No peer was there within {timeout.TotalSeconds:0.###} s. {explain()}");
        }
    }

    /// <summary>The socket is closing.</summary>
    public void Close(Exception reason)
    {
        using (_gate.Hold())
        {
            _closed = reason;
            _arrival.TrySetException(reason);
            _arrival.Task.MarkSeen();
        }
    }

    private void Remove(ZmtpPeer peer)
    {
        var place = _peers.FindIndex(one => ReferenceEquals(one.Peer, peer));
        if (place >= 0) _peers.RemoveAt(place);
    }

    private static TaskCompletionSource<ZmtpPeer> NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
