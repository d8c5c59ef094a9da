namespace Zmtp.Cli.Consoles;

/// <summary>Standard output, whose failures are told from all others: nobody reads it any more, or there is no room for it.</summary>
/// <param name="inner">The stream behind it; stays open.</param>
internal sealed class OutputStream(Stream inner) : WriteOnlyStream
{
    // EPIPE; ERROR_BROKEN_PIPE and ERROR_NO_DATA.
    private const int BrokenPipe = 32;
    private const int WindowsBrokenPipe = 109;
    private const int WindowsNoData = 232;

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Explain(error);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await inner.WriteAsync(buffer, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Explain(error);
        }
    }

    public override void Flush()
    {
        try
        {
            inner.Flush();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Explain(error);
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await inner.FlushAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Explain(error);
        }
    }

    private static CliException Explain(Exception error) => IsNobodyThere(error)
        ? new CliException(ExitCode.OutputClosed, "Nobody reads the output any more.", error)
        : new CliException(ExitCode.File, $"Standard output cannot be written: {error.Message.TrimEnd('.')}.", error);

    private static bool IsNobodyThere(Exception error) => OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is WindowsBrokenPipe or WindowsNoData
        : error.HResult == BrokenPipe;
}
