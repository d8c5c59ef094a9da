using System.Security.Cryptography;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The pauses between attempts to connect: doubling up to a cap, with up to one base interval added at random so that clients do
/// not come back in step. Starts over after a connection that was of use, and not for a handshake that succeeded: ZMTP has no word for
/// a refusal after it, and a peer that hangs up then must not be hammered.
/// </summary>
internal sealed class Backoff
{
    private readonly TimeSpan _interval;
    private readonly TimeSpan _cap;
    private TimeSpan _next;

    public Backoff(TimeSpan interval, TimeSpan cap)
    {
        _interval = _next = interval;
        _cap = cap;
    }

    public TimeSpan Next()
    {
        var pause = _next + _interval * (RandomNumberGenerator.GetInt32(1000) / 1000.0);
        if (_next < _cap) _next = _next * 2 < _cap ? _next * 2 : _cap;
        return pause;
    }

    public void Reset() => _next = _interval;
}
