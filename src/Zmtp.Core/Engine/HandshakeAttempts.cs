namespace Zmtp.Engine;

/// <summary>
/// The handshakes of a connecting end with one endpoint, one after the other: what the next one is to know of the last, and what is known of the one
/// that is under way. Whoever runs them does so one at a time; <see cref="WhyUnfinished"/> may be asked on any thread.
/// </summary>
internal sealed class HandshakeAttempts
{
    private volatile HandshakeMachine? _underWay;
    private bool _holdsBack;
    private bool _holdsBackNext;

    /// <summary>What it may mean that the one under way is not finished, in sentences; empty where there is none, or nothing is known of it.</summary>
    public string WhyUnfinished => _underWay?.WhyPeerIsSilent ?? "";

    /// <summary>A handshake begins.</summary>
    /// <returns>Whether it holds our mechanism back until the peer's is known.</returns>
    public bool Begin(HandshakeMachine machine)
    {
        _underWay = machine;
        _holdsBack = _holdsBackNext;
        _holdsBackNext = false;
        return _holdsBack;
    }

    /// <summary>
    /// The peer has hung up. If its greeting was not whole, the next handshake holds our mechanism back: libzmq has sent a part of it by then, or nothing,
    /// which under CURVE is the rule on a busy machine. Never two in a row, for there may be peers that wait for all 64 octets.
    /// </summary>
    public void OnHangUp() => _holdsBackNext = !_holdsBack && _underWay!.State == HandshakeState.Greeting;

    /// <summary>It is over, whatever its end was.</summary>
    public void End() => _underWay = null;
}
