using System.Buffers;

namespace Zmtp.Cli.Messages;

/// <summary>Octets that somebody wrote as hexadecimal digits.</summary>
internal static class HexText
{
    /// <summary>Octets around what is wrong that an error repeats: as many as say where it is.</summary>
    private const int Shown = 16;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>The octets. Spaces may stand between digits.</summary>
    /// <param name="text">UTF-8; used as room for the digits.</param>
    /// <exception cref="CliException">It is something else.</exception>
    public static byte[] Decode(Span<byte> text)
    {
        if (text.IndexOfAnyExcept(Digits) >= 0) text = WithoutSpaces(text);
        var wrong = text.IndexOfAnyExcept(Digits);
        if (wrong >= 0)
        {
            throw NotHexadecimal($"\"{Around(text, wrong)}\" is not hexadecimal");
        }

        return text.Length % 2 == 0
            ? Convert.FromHexString(text)
            : throw NotHexadecimal($"The hexadecimal digits that end in \"{Around(text, text.Length)}\" are {text.Length}, an odd number");
    }

    private static Span<byte> WithoutSpaces(Span<byte> text)
    {
        var length = 0;
        foreach (var octet in text)
        {
            if (octet != ' ') text[length++] = octet;
        }

        return text[..length];
    }

    private static string Around(ReadOnlySpan<byte> text, int position)
    {
        var start = Math.Max(0, position - Shown);
        var end = Math.Min(text.Length, position + Shown);
        return (start > 0 ? "…" : "") + Printable.Text(text[start..end]) + (end < text.Length ? "…" : "");
    }

    private static CliException NotHexadecimal(string what) => CliException.Usage($"{what}. Give two digits for each octet: 00ff7f.");
}
