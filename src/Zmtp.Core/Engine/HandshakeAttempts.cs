namespace Zmtp.Engine;

/// <summary>
/// The handshakes of a connecting end with one endpoint, one after the other: what the next one is to know of the last.
/// </summary>
internal sealed class HandshakeAttempts
{
    private HandshakeMachine? _underWay;
    private bool _holdsBack;
    private bool _holdsBackNext;

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
    /// The peer has hung up. If it was in the middle of its greeting, the next handshake holds our mechanism back; never two in a row, for there may be
    /// peers that wait for all 64 octets.
    /// </summary>
    public void OnHangUp() => _holdsBackNext = !_holdsBack && _underWay!.IsMidGreeting;

    /// <summary>It is over, whatever its end was.</summary>
    public void End() => _underWay = null;
}
