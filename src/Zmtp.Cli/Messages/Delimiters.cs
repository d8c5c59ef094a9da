using System.Text;

namespace Zmtp.Cli.Messages;

/// <summary>What stands between the frames of a message.</summary>
internal static class Delimiters
{
    /// <summary>The octets that an option's text means.</summary>
    public static byte[] Read(string text) => Encoding.UTF8.GetBytes(text
        .Replace("\\t", "\t", StringComparison.Ordinal)
        .Replace("\\n", "\n", StringComparison.Ordinal)
        .Replace("\\0", "\0", StringComparison.Ordinal));
}
