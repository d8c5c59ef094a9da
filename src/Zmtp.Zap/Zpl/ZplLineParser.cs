using System.Buffers;

namespace Zmtp.Zap;

// RFC 4. Where the RFC and CZMQ's parser (zconfig) differ, the stricter one holds:
//
//   line     = [indent] [property] [ws] [comment] eol
//   indent   = *( 4SP )                         ; depth = count; a tab is an error
//   property = name [ ws "=" ws value ]
//   name     = 1*( ALPHA / DIGIT / "$" / "-" / "_" / "@" / "." / "&" / "+" / "/" )   ; "/" neither first nor last (CZMQ)
//   value    = quoted / unquoted
//   quoted   = DQUOTE *octet DQUOTE / "'" *octet "'"    ; no escapes; the end quote is required, and only blanks or a comment
//                                                       ; may follow it (CZMQ; by the RFC such a value would count as unquoted)
//   unquoted = *( VCHAR / ws ) up to "#" or the end, trailing blanks dropped
//   comment  = "#" *OCTET                       ; at any column
//
// Octets from 80 up are UTF-8 and stand in quotes and comments only. Control characters other than tab stand in comments only.

/// <summary>Reads one line of ZPL. Stateless.</summary>
internal static class ZplLineParser
{
    public const int IndentSize = 4;

    private static readonly SearchValues<byte> NameOctets =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$-_@.&+/"u8);

    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t"u8);

    public static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name[0] == '/' || name[^1] == '/') return false;
        foreach (var character in name)
        {
            if (character > '~' || !NameOctets.Contains((byte)character)) return false;
        }

        return true;
    }

    /// <returns>False when the line holds nothing but blanks and a comment.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, int number, string? file, out ZplLine line)
    {
        line = default;
        var start = text.IndexOfAnyExcept(Blanks);
        if (start < 0 || text[start] == '#') return false;

        var depth = ReadDepth(text[..start], number, file);
        var name = ReadName(text, start, number, file);
        var at = SkipBlanks(text, start + name.Length);
        var hasValue = at < text.Length && text[at] == '=';
        if (!hasValue && at < text.Length && text[at] != '#')
        {
            throw Error($"After the name there may only be \"=\", a comment or nothing. Names are made of A-Z, a-z, 0-9 and $-_@.&+/.", at);
        }

        var valueAt = hasValue ? SkipBlanks(text, at + 1) : text.Length;
        var value = hasValue ? ReadValue(text, ref valueAt, number, file) : default;
        line = new ZplLine
        {
            Number = number, Depth = depth, Name = name, HasValue = hasValue, Value = value, ValueColumn = valueAt + 1,
        };
        return true;

        ZplFormatException Error(string message, int index) => new(message, file, number, index + 1);
    }

    private static int ReadDepth(ReadOnlySpan<byte> indent, int number, string? file)
    {
        var tab = indent.IndexOf((byte)'\t');
        if (tab >= 0) throw new ZplFormatException("The line is indented with a tab; use 4 spaces for each level.", file, number, tab + 1);
        if (indent.Length % IndentSize == 0) return indent.Length / IndentSize;
        throw new ZplFormatException(
            $"The line is indented with {indent.Length} spaces; use {IndentSize} for each level.", file, number, indent.Length + 1);
    }

    private static ReadOnlySpan<byte> ReadName(ReadOnlySpan<byte> text, int start, int number, string? file)
    {
        var rest = text[start..];
        var length = rest.IndexOfAnyExcept(NameOctets);
        var name = length < 0 ? rest : rest[..length];
        if (name.IsEmpty)
        {
            throw new ZplFormatException(
                "Here a name should begin. Names are made of A-Z, a-z, 0-9 and $-_@.&+/.", file, number, start + 1);
        }

        if (name[0] != '/' && name[^1] != '/') return name;
        throw new ZplFormatException("A name neither begins nor ends with \"/\".", file, number, start + 1);
    }

    private static ReadOnlySpan<byte> ReadValue(ReadOnlySpan<byte> text, scoped ref int at, int number, string? file)
    {
        if (at == text.Length || text[at] is not ((byte)'"' or (byte)'\'')) return ReadUnquoted(text, at, number, file);

        var quote = text[at];
        var open = at++;
        var length = text[at..].IndexOf(quote);
        if (length < 0) throw new ZplFormatException("The quote that begins here does not end on this line.", file, number, open + 1);
        var after = SkipBlanks(text, at + length + 1);
        if (after < text.Length && text[after] != '#')
        {
            throw new ZplFormatException(
                "After the closing quote only a comment may follow. A value that holds one kind of quote is put in the other kind.",
                file, number, after + 1);
        }

        var value = text.Slice(at, length);
        ThrowIfControl(value, at, number, file);
        return value;
    }

    private static ReadOnlySpan<byte> ReadUnquoted(ReadOnlySpan<byte> text, int at, int number, string? file)
    {
        var value = text[at..];
        var comment = value.IndexOf((byte)'#');
        if (comment >= 0) value = value[..comment];
        value = value[..(value.LastIndexOfAnyExcept(Blanks) + 1)];
        ThrowIfControl(value, at, number, file);
        var foreign = value.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
        if (foreign < 0) return value;
        throw new ZplFormatException("Characters that are not ASCII stand in quotes or comments only.", file, number, at + foreign + 1);
    }

    private static void ThrowIfControl(ReadOnlySpan<byte> value, int at, int number, string? file)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] is (>= 0x20 and not 0x7F) or (byte)'\t') continue;
            throw new ZplFormatException("A value holds a control character. Check that this is a text file.", file, number, at + i + 1);
        }
    }

    private static int SkipBlanks(ReadOnlySpan<byte> text, int at)
    {
        var length = text[at..].IndexOfAnyExcept(Blanks);
        return length < 0 ? text.Length : at + length;
    }
}
