using System.Globalization;
using System.Text;

namespace Zmtp.Text;

/// <summary>Text that somebody else chose, a peer or an application's code that repeats what a peer said, fit for one line of a log.</summary>
internal static class OneLine
{
    /// <summary>What steers terminals, breaks lines or turns the direction of writing becomes <c>\uHHHH</c>; everything else stays.</summary>
    public static string Of(string text)
    {
        if (!text.Any(IsSteering)) return text;
        var line = new StringBuilder();
        foreach (var character in text)
        {
            if (IsSteering(character)) line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else line.Append(character);
        }

        return line.ToString();
    }

    private static bool IsSteering(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
