using System.Buffers;
using System.Globalization;
using System.Text;

namespace Zmtp.Cli.Messages;

/// <summary>Makes octets of strangers fit for one line of a terminal.</summary>
internal static class Printable
{
    /// <summary>UTF-8 as text; what is none, and what steers terminals or breaks lines, as <c>\xHH</c>. A backslash is doubled.</summary>
    public static string Text(ReadOnlySpan<byte> octets) => Escape(octets, doublesBackslashes: true);

    /// <summary>As <see cref="Text(ReadOnlySpan{byte})"/>, of text.</summary>
    public static string Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// A line for people to read, not for programs to read back: as <see cref="Text(string)"/>, but a backslash, which is in the paths of some
    /// systems and in what was escaped before, stays as it is.
    /// </summary>
    public static string Line(string text) => Escape(Encoding.UTF8.GetBytes(text), doublesBackslashes: false);

    private static string Escape(ReadOnlySpan<byte> octets, bool doublesBackslashes)
    {
        var text = new StringBuilder(octets.Length);
        while (!octets.IsEmpty)
        {
            var isRune = Rune.DecodeFromUtf8(octets, out var rune, out var length) == OperationStatus.Done;
            if (isRune && rune.Value == '\\' && doublesBackslashes) text.Append("\\\\");
            else if (isRune && (rune.Value == '\t' || !IsSteering(rune))) text.Append(rune.ToString());
            else foreach (var octet in octets[..length]) text.Append(CultureInfo.InvariantCulture, $"\\x{octet:x2}");
            octets = octets[length..];
        }

        return text.ToString();
    }

    // Controls, and the marks that turn the direction of writing or break lines.
    private static bool IsSteering(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
