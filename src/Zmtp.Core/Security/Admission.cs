using Zmtp.Threading;

namespace Zmtp.Security;

/// <summary>
/// The stay of one peer that an authenticator has let in. The authenticator keeps it in order to end the stay with
/// <see cref="Revoke"/>; the socket that serves the connection disposes of it when the peer is gone, on every path, so that the
/// authenticator can count who is there. Safe on any thread.
/// </summary>
/// <remarks>
/// <para>
/// It comes with <see cref="AuthenticationResult.Admission"/> of a verdict of 200. Our sockets take it over with the verdict: it is
/// disposed of when the connection ends, when the handshake fails after the verdict, and when the verdict comes too late.
/// </para>
/// <para>
/// An authenticator that wraps another one passes the result on as it is, or disposes of the admission when it refuses the peer after
/// all. An admission that nobody disposes of counts for ever.
/// </para>
/// </remarks>
public sealed class Admission : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Action? _ended;
    private Action<string>? _revoked;
    private string? _reason;
    private bool _isTold;
    private bool _isOver;

    /// <summary>Creates an admission, for an authenticator.</summary>
    /// <param name="ended">
    /// Called once, when the peer is gone, on any thread. Must be quick and not throw. Null: nobody wants to know.
    /// </param>
    public Admission(Action? ended = null) => _ended = ended;

    /// <summary>Whether the peer is gone.</summary>
    public bool IsOver
    {
        get
        {
            using (_gate.Hold()) return _isOver;
        }
    }

    /// <summary>Why the peer may no longer stay; null while it may.</summary>
    public string? RevocationReason
    {
        get
        {
            using (_gate.Hold()) return _reason;
        }
    }

    /// <summary>Ends the stay: the connection is closed at once, or the handshake that is still under way.</summary>
    /// <param name="reason">Why, as a sentence for our own log and events. The peer is not told.</param>
    /// <returns>False when the peer is gone already, or its stay had been revoked before.</returns>
    /// <remarks>
    /// What <see cref="OnRevoked"/> was given must not throw. What it throws all the same comes through: then the first reason stays, and the next
    /// call tells it again.
    /// </remarks>
    public bool Revoke(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        Action<string>? revoked;
        using (_gate.Hold())
        {
            if (_isOver || _isTold) return false;
            _reason ??= reason;
            reason = _reason;
            revoked = _revoked;
            _isTold = true;
        }

        Tell(revoked, reason);
        return true;
    }

    /// <summary>
    /// Says what to do when the stay is revoked, in place of what was said before; at once if that has happened already. For
    /// the socket that serves the connection.
    /// </summary>
    /// <param name="revoked">
    /// Closes the connection; gets the reason. On any thread, and possibly a moment after Dispose. Must be quick and not throw.
    /// </param>
    public void OnRevoked(Action<string> revoked)
    {
        ArgumentNullException.ThrowIfNull(revoked);
        string? reason;
        using (_gate.Hold())
        {
            if (_isOver) return;
            _revoked = revoked;
            reason = _reason;
            _isTold = reason is not null;
        }

        if (reason is not null) Tell(revoked, reason);
    }

    /// <summary>The peer is gone. Calls after the first do nothing.</summary>
    public void Dispose()
    {
        using (_gate.Hold())
        {
            if (_isOver) return;
            _isOver = true;
            _revoked = null;
        }

        _ended?.Invoke();
    }

    // Not under the gate: it closes a connection, which takes locks of its own.
    private void Tell(Action<string>? revoked, string reason)
    {
        try
        {
            revoked?.Invoke(reason);
        }
        catch
        {
            using (_gate.Hold()) _isTold = false;
            throw;
        }
    }
}
