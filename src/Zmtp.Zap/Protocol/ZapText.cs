using System.Text;

namespace Zmtp.Zap;

/// <summary>The words and sizes of RFC 27 that request and reply share.</summary>
internal static class ZapText
{
    public const int MaxStringLength = 255;

    public const string Null = "NULL";
    public const string Plain = "PLAIN";
    public const string Curve = "CURVE";

    /// <summary>User name and password.</summary>
    public const int PlainCredentials = 2;

    /// <summary>The client's permanent public key.</summary>
    public const int CurveCredentials = 1;

    /// <summary>Octets of an X25519 public key (RFC 26).</summary>
    public const int CurveKeySize = 32;

    public static readonly ReadOnlyMemory<byte> Version = "1.0"u8.ToArray();

    public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ReadOnlyMemory<byte> EncodeString(string text, string field)
    {
        if (text.Length > MaxStringLength || !Ascii.IsValid(text))
        {
            throw new ArgumentException($"The {field} of a ZAP message is at most {MaxStringLength} ASCII characters.", field);
        }

        return Encoding.ASCII.GetBytes(text);
    }

    /// <summary>Whether a text has a form in UTF-8: one with half of a surrogate pair has none.</summary>
    public static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    /// <summary>What a peer or handler wrote, fit for one line of a log: printable ASCII, cut at 255 characters.</summary>
    public static string ToPrintable(string text) =>
        string.Create(Math.Min(text.Length, MaxStringLength), text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
        });
}
