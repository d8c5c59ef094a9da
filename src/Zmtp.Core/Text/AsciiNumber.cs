using System.Globalization;
using System.Numerics;

namespace Zmtp.Text;

/// <summary>Numbers in text that somebody wrote.</summary>
internal static class AsciiNumber
{
    /// <summary>Reads ASCII digits and nothing else. The system's parser, told to, still takes NULs behind them.</summary>
    /// <typeparam name="T">The type that the number has to fit into.</typeparam>
    /// <param name="text">The digits.</param>
    /// <param name="number">The number; 0 where there is none.</param>
    public static bool TryRead<T>(ReadOnlySpan<char> text, out T number)
        where T : struct, IBinaryInteger<T>
    {
        number = T.Zero;
        return !text.ContainsAnyExceptInRange('0', '9') && T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
