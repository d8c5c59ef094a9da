using System.Buffers;
using System.Globalization;
using System.Text;

namespace Zmtp.Cli.Messages;

/// <summary>Makes octets of strangers fit for one line of a terminal.</summary>
internal static class Printable
{
    /// <summary>
    /// UTF-8 as text; what is none, and what steers terminals or breaks lines, but for tabs, as <c>\xHH</c>. A backslash is doubled.
    /// </summary>
    public static string Text(ReadOnlySpan<byte> octets) => Escape(octets, doublesBackslashes: true);

    /// <summary>As <see cref="Text(ReadOnlySpan{byte})"/>, of text.</summary>
    public static string Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// A line for people to read, not for programs to read back: as <see cref="Text(string)"/>, but a backslash, which is in the paths of some
    /// systems and in what was escaped before, stays as it is.
    /// </summary>
    public static string Line(string text) => Escape(Encoding.UTF8.GetBytes(text), doublesBackslashes: false);

    /// <summary>
    /// As <see cref="Text(ReadOnlySpan{byte})"/>, of a frame or a <see cref="Piece"/> of it: a tab in it, which would look like the end of the frame,
    /// is escaped, too.
    /// </summary>
    /// <param name="octets">The octets.</param>
    /// <param name="output">Gets the text in UTF-8.</param>
    public static void WriteFrame(ReadOnlySpan<byte> octets, IBufferWriter<byte> output) =>
        Write(octets, output, doublesBackslashes: true, keepsTabs: false);

    /// <summary>Hexadecimal digits, two for each octet.</summary>
    public static void WriteHex(ReadOnlySpan<byte> octets, IBufferWriter<byte> output)
    {
        Convert.TryToHexStringLower(octets, output.GetSpan(2 * octets.Length), out var written);
        output.Advance(written);
    }

    /// <summary>Controls, and the marks that turn the direction of writing or break lines.</summary>
    public static bool IsSteering(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Escape(ReadOnlySpan<byte> octets, bool doublesBackslashes)
    {
        var text = new ArrayBufferWriter<byte>();
        Write(octets, text, doublesBackslashes, keepsTabs: true);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private static void Write(ReadOnlySpan<byte> octets, IBufferWriter<byte> output, bool doublesBackslashes, bool keepsTabs)
    {
        while (!octets.IsEmpty)
        {
            var isRune = Rune.DecodeFromUtf8(octets, out var rune, out var length) == OperationStatus.Done;
            if (isRune && rune.Value == '\\' && doublesBackslashes) output.Write("\\\\"u8);
            else if (isRune && ((rune.Value == '\t' && keepsTabs) || !IsSteering(rune))) output.Write(octets[..length]);
            else foreach (var octet in octets[..length]) WriteEscaped(octet, output);
            octets = octets[length..];
        }
    }

    private static void WriteEscaped(byte octet, IBufferWriter<byte> output)
    {
        output.Write("\\x"u8);
        WriteHex([octet], output);
    }
}
