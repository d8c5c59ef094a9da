namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Round-robin over the pipes that have room (RFC 28, RFC 30). Takes no lock but the pipe's own: several senders at once may start
/// at the same pipe, but each of them goes round.
/// </summary>
internal sealed class LoadBalancer
{
    private readonly PipeList _pipes = new();
    private int _next;

    public void Add(Pipe pipe) => _pipes.Add(pipe);

    public void Remove(Pipe pipe) => _pipes.Remove(pipe);

    /// <summary>Sends to the next pipe that has room.</summary>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        var pipes = _pipes.Snapshot;
        var next = First(pipes);
        for (var i = 0; i < pipes.Length; i++)
        {
            var pipe = pipes[next];
            next = next + 1 == pipes.Length ? 0 : next + 1;
            if (!pipe.TrySend(frame)) continue;
            _next = next;
            return true;
        }

        return false;
    }

    /// <summary>Sends to the next pipe that has room. The message is taken over when this is true.</summary>
    /// <param name="message">The message.</param>
    /// <param name="before">Called with the pipe before it gets the message, since an answer may come at once; null for nothing.</param>
    public bool TrySend(MessageBuffer message, Action<Pipe>? before = null)
    {
        var pipes = _pipes.Snapshot;
        var next = First(pipes);
        for (var i = 0; i < pipes.Length; i++)
        {
            var pipe = pipes[next];
            next = next + 1 == pipes.Length ? 0 : next + 1;
            before?.Invoke(pipe);
            if (!pipe.TrySend(message)) continue;
            _next = next;
            return true;
        }

        return false;
    }

    private int First(Pipe[] pipes) => (uint)_next < (uint)pipes.Length ? _next : 0;
}
