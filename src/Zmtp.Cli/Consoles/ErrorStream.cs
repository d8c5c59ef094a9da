namespace Zmtp.Cli.Consoles;

/// <summary>Standard error: where it cannot be written nobody can be told so, and the command ends with its own exit code all the same.</summary>
/// <param name="inner">The stream behind it; stays open.</param>
internal sealed class ErrorStream(Stream inner) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            inner.Write(buffer, offset, count);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk, or no standard error at all.
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
