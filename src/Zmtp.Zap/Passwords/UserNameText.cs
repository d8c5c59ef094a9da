namespace Zmtp.Zap;

/// <summary>What a user name of PLAIN (RFC 24) and of a password file may be.</summary>
internal static class UserNameText
{
    /// <summary>RFC 24: name and password have a length of one octet.</summary>
    public const int MaxSize = 255;

    /// <exception cref="ArgumentException">The name cannot stand in a password file; the message says why.</exception>
    public static void ThrowIfNotForAFile(string userName, string parameter)
    {
        ArgumentNullException.ThrowIfNull(userName, parameter);
        if (WhyNot(userName) is { } why) throw new ArgumentException(why, parameter);
    }

    private static string? WhyNot(string userName)
    {
        if (userName.Length == 0) return "A user name cannot be empty.";
        if (userName[0] == '#') return "A user name cannot begin with \"#\": the line would be a comment.";
        if (userName[0] == PasswordFileParser.MarkCharacter)
        {
            return "A user name cannot begin with U+FEFF: at the beginning of a file that is a mark of UTF-8 and belongs to no name.";
        }

        if (userName.AsSpan().ContainsAny("=\r\n\0"))
        {
            return "A user name cannot hold \"=\", an end of line or a NUL: the line would mean another.";
        }

        if (!ZapText.IsUnicode(userName)) return "The user name has no UTF-8 form.";
        return ZapText.StrictUtf8.GetByteCount(userName) > MaxSize ? $"A user name has at most {MaxSize} octets of UTF-8 (RFC 24)." : null;
    }
}
