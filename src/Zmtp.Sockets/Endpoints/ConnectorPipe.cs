using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The pipe of an endpoint that the socket connects to: there from connect on, or with <see cref="SocketOptions.Immediate"/> with each peer anew.
/// </summary>
/// <param name="socket">The socket.</param>
/// <param name="endpoint">The endpoint as it was given.</param>
/// <param name="isParked">Whether a pipe takes messages only once it is joined to another, over inproc.</param>
internal sealed class ConnectorPipe(ZmtpSocket socket, string endpoint, bool isParked)
{
    private Pipe? _current;
    private bool _isRetired;

    /// <summary>The pipe, if there is one at the moment.</summary>
    public Pipe? Current => Volatile.Read(ref _current);

    /// <summary>The same as a collection.</summary>
    public IReadOnlyCollection<Pipe> All => Current is { } pipe ? [pipe] : [];

    /// <summary>Makes one. There must be none.</summary>
    public Pipe Open()
    {
        var pipe = new Pipe(socket, endpoint, outlivesConnection: !socket.Options.Immediate, isParked);
        Volatile.Write(ref _current, pipe);
        socket.Endpoints.Add(pipe);
        socket.OnPipeAdded(pipe);

        // Behind the barrier of the table's gate.
        if (Volatile.Read(ref _isRetired)) socket.Endpoints.Retire(pipe);

        // A queue is room, whether or not its peer is there yet.
        else socket.OnRoom();
        return pipe;
    }

    /// <summary>The pipe takes no more messages, nor does a later one; what is queued may still leave.</summary>
    public void Retire()
    {
        Volatile.Write(ref _isRetired, true);

        // Open looks in the other order: one of the two sees the other.
        Interlocked.MemoryBarrier();
        if (Current is { } pipe) socket.Endpoints.Retire(pipe);
    }

    /// <summary>Ends the pipe.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove()
    {
        if (Interlocked.Exchange(ref _current, null) is not { } pipe) return false;
        socket.Endpoints.Remove(pipe);
        return true;
    }
}
