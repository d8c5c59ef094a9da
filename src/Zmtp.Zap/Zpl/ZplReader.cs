using System.Security.Cryptography;
using System.Text;

namespace Zmtp.Zap;

/// <summary>
/// Reads ZPL (RFC 4) as it arrives: every complete line is handed on at once, so that a text may be an endless stream. LF, CR
/// and CRLF each end a line. Strict where RFC 4 and CZMQ differ: see the grammar above the line parser. Not thread-safe.
/// </summary>
public sealed class ZplReader
{
    /// <summary>The longest line, in octets.</summary>
    public const int MaxLineLength = 64 * 1024;

    /// <summary>The deepest nesting.</summary>
    public const int MaxDepth = 255;

    private readonly ZplLineHandler _onLine;
    private readonly string? _file;
    private byte[] _line = NewLine(256);
    private int _length;
    private int _number = 1;
    private int _depth = -1;
    private bool _afterCarriageReturn;
    private bool _hasBegun;
    private bool _isComplete;

    /// <summary>Creates a reader.</summary>
    /// <param name="onProperty">Called for each property, in order, on the thread that calls <see cref="Append"/>.</param>
    /// <param name="file">A path for error messages, or null.</param>
    public ZplReader(Action<ZplProperty> onProperty, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(onProperty);
        _file = file;
        _onLine = (in ZplLine line) => onProperty(new ZplProperty(
            line.Depth, Encoding.ASCII.GetString(line.Name), line.HasValue ? DecodeValue(line, file) : null, line.Number));
    }

    internal ZplReader(ZplLineHandler onLine, string? file)
    {
        _onLine = onLine;
        _file = file;
    }

    /// <summary>Reads the next octets; lines may begin and end anywhere in them.</summary>
    /// <param name="octets">The next part of the text, as UTF-8.</param>
    /// <exception cref="ZplFormatException">A line breaks the grammar. The reader is of no further use.</exception>
    public void Append(ReadOnlySpan<byte> octets)
    {
        if (_isComplete) throw new InvalidOperationException("The text has been completed; use a new reader for another text.");
        while (!octets.IsEmpty)
        {
            if (_afterCarriageReturn && octets[0] == '\n') octets = octets[1..];
            _afterCarriageReturn = false;
            var end = octets.IndexOfAny((byte)'\n', (byte)'\r');
            if (end < 0)
            {
                Gather(octets);
                return;
            }

            Gather(octets[..end]);
            _afterCarriageReturn = octets[end] == '\r';
            octets = octets[(end + 1)..];
            EndLine();
        }
    }

    /// <summary>Ends the text: what has come since the last end of line is the last line. Erases what was kept of it.</summary>
    /// <exception cref="ZplFormatException">The last line breaks the grammar.</exception>
    public void Complete()
    {
        _isComplete = true;
        try
        {
            if (_length > 0) EndLine();
        }
        finally
        {
            Erase();
        }
    }

    internal static string DecodeValue(in ZplLine line, string? file)
    {
        try
        {
            return ZapText.StrictUtf8.GetString(line.Value);
        }
        catch (DecoderFallbackException cause)
        {
            throw new ZplFormatException(
                "The value is not UTF-8. Save the file as UTF-8.", file, line.Number, line.ValueColumn + cause.Index, cause);
        }
    }

    /// <summary>Lines may hold secret keys.</summary>
    internal void Erase() => CryptographicOperations.ZeroMemory(_line);

    private void Gather(ReadOnlySpan<byte> octets)
    {
        if (_length + octets.Length > MaxLineLength)
        {
            throw new ZplFormatException(
                $"The line is longer than {MaxLineLength} octets. Check that this is a text file.", _file, _number, MaxLineLength + 1);
        }

        if (_length + octets.Length > _line.Length) Grow(_length + octets.Length);
        octets.CopyTo(_line.AsSpan(_length));
        _length += octets.Length;
    }

    private void Grow(int needed)
    {
        var larger = NewLine(Math.Max(needed, _line.Length * 2));
        _line.AsSpan(0, _length).CopyTo(larger);
        Erase();
        _line = larger;
    }

    // Pinned: the collector would leave copies of secret keys behind where nobody erases them.
    private static byte[] NewLine(int length) => GC.AllocateArray<byte>(length, pinned: true);

    private void EndLine()
    {
        var text = _line.AsSpan(0, _length);

        // Editors on Windows put the byte order mark of UTF-8 in front of a text.
        if (_number == 1 && text.StartsWith("\uFEFF"u8)) text = text["\uFEFF"u8.Length..];
        ThrowIfBadBeginning(text);
        if (ZplLineParser.TryParse(text, _number, _file, out var line))
        {
            ThrowIfTooDeep(line);
            _depth = line.Depth;
            _onLine(line);
        }

        _number++;
        _length = 0;
    }

    // RFC 4: the first non-blank character of a ZPL text is "#" or alphanumeric, so that other files are told apart at once.
    private void ThrowIfBadBeginning(ReadOnlySpan<byte> text)
    {
        if (_hasBegun) return;
        var first = text.IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (first < 0) return;
        _hasBegun = true;
        if (text[first] == '#' || char.IsAsciiLetterOrDigit((char)text[first])) return;
        throw new ZplFormatException(
            "A ZPL text begins with \"#\", a letter or a digit. Check that this is the right file.", _file, _number, first + 1);
    }

    private void ThrowIfTooDeep(in ZplLine line)
    {
        var column = (line.Depth * ZplLineParser.IndentSize) + 1;
        if (line.Depth > MaxDepth)
        {
            throw new ZplFormatException($"The text is nested deeper than {MaxDepth} levels.", _file, line.Number, column);
        }

        if (line.Depth <= _depth + 1) return;
        throw new ZplFormatException("The line is indented by more than one level below the line before it.", _file, line.Number, column);
    }
}
