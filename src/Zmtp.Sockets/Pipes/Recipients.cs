namespace Zmtp.Sockets.Pipes;

/// <summary>The pipes that one message goes to. One per thread is kept for reuse.</summary>
internal sealed class Recipients
{
    [ThreadStatic]
    private static Recipients? _idle;

    private Pipe[] _pipes = new Pipe[4];
    private int _count;

    public ReadOnlySpan<Pipe> Pipes => _pipes.AsSpan(0, _count);

    public static Recipients Rent()
    {
        var recipients = _idle ?? new Recipients();
        _idle = null;
        return recipients;
    }

    public void Add(Pipe pipe)
    {
        if (_count == _pipes.Length) Array.Resize(ref _pipes, _count * 2);
        _pipes[_count++] = pipe;
    }

    /// <summary>Forgets the pipes. The caller must not use it any more.</summary>
    public void Return()
    {
        Array.Clear(_pipes, 0, _count);
        _count = 0;
        _idle = this;
    }
}
