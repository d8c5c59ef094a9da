namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// How many requests a <see cref="ZapServer"/> has for which nobody waits any more, or nobody that it knows of: an authenticator that does not
/// watch its token goes on with them. Those for which somebody of this context waits are as many as there are handshakes. Safe on any thread.
/// </summary>
internal sealed class UnwantedAnswers
{
    /// <summary>
    /// As many as an authenticator may have to answer for one listener with the default settings (<see cref="OpenQuestions"/>). A handler serves all
    /// listeners of its context.
    /// </summary>
    public const int Limit = 2048;

    private int _count;

    /// <summary>Whether one more is too much.</summary>
    public bool AreTooMany => Volatile.Read(ref _count) >= Limit;

    public void Add() => Interlocked.Increment(ref _count);

    public void Remove() => Interlocked.Decrement(ref _count);
}
