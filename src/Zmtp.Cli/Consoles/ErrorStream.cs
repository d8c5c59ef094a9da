namespace Zmtp.Cli.Consoles;

/// <summary>Standard error: where it cannot be written nobody can be told so, and the command ends with its own exit code all the same.</summary>
/// <param name="inner">The stream behind it; stays open.</param>
internal sealed class ErrorStream(Stream inner) : WriteOnlyStream
{
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
}
