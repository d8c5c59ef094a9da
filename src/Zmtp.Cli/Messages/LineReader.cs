using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Zmtp.Cli.Messages;

/// <summary>The lines of a stream as octets, whatever they mean: without LF or CRLF.</summary>
internal static class LineReader
{
    /// <summary>Reads to the end. A last line without LF counts.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="interrupt">Gives up at once, also while a terminal waits for input.</param>
    public static async IAsyncEnumerable<byte[]> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken interrupt)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            // A read of a terminal cannot be cancelled; it is left behind.
            var result = await reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(interrupt);
            var buffer = result.Buffer;
            while (TryTake(ref buffer, out var line)) yield return line;
            if (result.IsCompleted)
            {
                if (!buffer.IsEmpty) yield return Trim(buffer.ToArray());
                await reader.CompleteAsync();
                yield break;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static bool TryTake(ref ReadOnlySequence<byte> buffer, out byte[] line)
    {
        line = [];
        if (buffer.PositionOf((byte)'\n') is not { } end) return false;
        line = Trim(buffer.Slice(0, end).ToArray());
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }

    private static byte[] Trim(byte[] line) => line is [.., (byte)'\r'] ? line[..^1] : line;
}
