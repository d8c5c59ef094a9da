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
    public static string Text(ReadOnlySpan<byte> octets) => Escape(octets, doublesBackslashes: true, keepsTabs: true);

    /// <summary>As <see cref="Text(ReadOnlySpan{byte})"/>, of a frame: a tab in it, which would look like the end of the frame, is escaped, too.</summary>
    public static string Frame(ReadOnlySpan<byte> octets) => Escape(octets, doublesBackslashes: true, keepsTabs: false);

    /// <summary>As <see cref="Text(ReadOnlySpan{byte})"/>, of text.</summary>
    public static string Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// A line for people to read, not for programs to read back: as <see cref="Text(string)"/>, but a backslash, which is in the paths of some
    /// systems and in what was escaped before, stays as it is.
    /// </summary>
    public static string Line(string text) => Escape(Encoding.UTF8.GetBytes(text), doublesBackslashes: false, keepsTabs: true);

    private static string Escape(ReadOnlySpan<byte> octets, bool doublesBackslashes, bool keepsTabs)
    {
        var text = new StringBuilder(octets.Length);
        while (!octets.IsEmpty)
        {
            var isRune = Rune.DecodeFromUtf8(octets, out var rune, out var length) == OperationStatus.Done;
            if (isRune && rune.Value == '\\' && doublesBackslashes) text.Append("\\\\");
            else if (isRune && ((rune.Value == '\t' && keepsTabs) || !IsSteering(rune))) text.Append(rune.ToString());
            else foreach (var octet in octets[..length]) text.Append(CultureInfo.InvariantCulture, $"\\x{octet:x2}");
            octets = octets[length..];
        }

        return text.ToString();
    }

    // Controls, and the marks that turn the direction of writing or break lines.
    private static bool IsSteering(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
