using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Zmtp.Cli.Messages;

/// <summary>The lines of a stream as octets, whatever they mean: without LF or CRLF.</summary>
internal static class LineReader
{
    /// <summary>What a pipe of Linux holds.</summary>
    private const int BufferSize = 64 * 1024;

    /// <summary>Reads to the end. A last line without LF counts.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="interrupt">Gives up at once, also while a terminal waits for input.</param>
    public static async IAsyncEnumerable<byte[]> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken interrupt)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferSize, leaveOpen: true));

        // Octets at the start that hold no LF: a long line comes in many pieces, and is looked through once.
        var searched = 0L;
        while (true)
        {
            // A read of a terminal cannot be cancelled; it is left behind.
            var result = await reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(interrupt);
            var buffer = result.Buffer;
            while (TryTake(ref buffer, ref searched, out var line)) yield return line;
            if (result.IsCompleted)
            {
                if (!buffer.IsEmpty) yield return Trim(buffer.ToArray());
                await reader.CompleteAsync();
                yield break;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static bool TryTake(ref ReadOnlySequence<byte> buffer, ref long searched, out byte[] line)
    {
        line = [];
        var end = buffer.Slice(searched).PositionOf((byte)'\n');
        searched = end is null ? buffer.Length : 0;
        if (end is not { } newline) return false;
        line = Trim(buffer.Slice(0, newline).ToArray());
        buffer = buffer.Slice(buffer.GetPosition(1, newline));
        return true;
    }

    private static byte[] Trim(byte[] line) => line is [.., (byte)'\r'] ? line[..^1] : line;
}
