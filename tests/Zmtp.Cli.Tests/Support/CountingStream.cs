using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Tests;

/// <summary>Standard output of which nothing is kept but how much it was. Nobody waits for it.</summary>
internal sealed class CountingStream : WriteOnlyStream
{
    /// <summary>How many octets were written.</summary>
    public long Octets { get; private set; }

    /// <summary>How many times something was written.</summary>
    public int Writes { get; private set; }

    /// <summary>How many lines were ended.</summary>
    public int Lines { get; private set; }

    public override void Write(byte[] buffer, int offset, int count) => Count(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Count(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Count(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Count(ReadOnlySpan<byte> octets)
    {
        Octets += octets.Length;
        Writes++;
        Lines += octets.Count((byte)'\n');
    }
}
