using Zmtp.Mechanisms.Crypto;

namespace Zmtp.Mechanisms;

/// <summary>
/// One permanent key pair of a server that may be retired while handshakes use it: zeroed when it is retired and the last use has ended.
/// </summary>
/// <param name="pair">The pair.</param>
/// <param name="isOwned">Whether it is zeroed at all; else it stays the caller's.</param>
internal sealed class ServerKey(CurveKeyPair pair, bool isOwned)
{
    // One for not being retired.
    private int _holders = 1;

    public CurveKeyPair Pair => pair;

    /// <summary>Keeps the key from being zeroed until <see cref="Release"/>.</summary>
    /// <returns>False when it is retired already.</returns>
    public bool TryHold()
    {
        for (var holders = Volatile.Read(ref _holders); holders > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders) return true;
            holders = seen;
        }

        return false;
    }

    /// <summary>Ends a use, or the time of the key itself.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0 && isOwned) pair.Dispose();
    }
}
