using System.Globalization;
using System.Text;

namespace Zmtp.Zap;

// The text format of CZMQ's password files (zhashx), and hashes in it:
//
//   file     = [ mark ] *line
//   mark     = %xEF %xBB %xBF                  ; of UTF-8, which editors of Windows write; CZMQ takes it for part of the first name
//   line     = entry / ignored
//   entry    = name "=" ( hash / password ) eol ; split at the first "=": passwords may hold "="
//   name     = 1*OCTET                          ; not "=", and "#" is not the first
//   hash     = "$argon2id$v=19$" *OCTET         ; a PHC string; CZMQ takes it for the password itself
//   password = *OCTET                           ; no blanks are trimmed; not NUL
//   ignored  = "#" *OCTET eol / "=" *OCTET eol / *OCTET eol   ; the last one without any "="; told of, but for comments and blanks
//   eol      = LF / CRLF                        ; CZMQ knows LF only, and takes CR for part of the password
//
// A last line without eol may be cut off. It counts as it stands, so that CZMQ's files do; but a password that is empty, or that a hash
// begins with, counts for nothing then: it would let in anybody who guesses it.
//
// Of equal names the last one counts. CZMQ reads lines in pieces of 1023 octets, as if each piece were a line; here a line is a line.

/// <summary>Cuts password files into their parts. Stateless.</summary>
internal static class PasswordFileParser
{
    public const byte Separator = (byte)'=';
    public const byte Comment = (byte)'#';

    /// <summary>What the mark of UTF-8 is as a character.</summary>
    public const char MarkCharacter = '\uFEFF';

    /// <summary>What is said of an entry whose hash would make every check too costly.</summary>
    public static readonly string TooManyCosts =
        $"The file has hashes of more than {PasswordTable.MaxCosts} different costs. Set the passwords again, all with the same.";

    private const string NotAnEntry = "It is not name=password, and counts for nothing.";

    private const string BlankAtAnEnd =
        "The entry counts, for a name with the blank that it begins or ends with. Take the blanks around the \"=\" and before the name out unless " +
        "they are meant; those after the \"=\" belong to the password.";

    // A file of another kind may have millions of such lines; a person fixes no more than these at once.
    private const int MostNotEntries = 1000;

    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <param name="text">The whole file.</param>
    /// <param name="table">Gets the users.</param>
    /// <returns>
    /// The lines that count for nothing and are neither blank nor comments, and those whose name is probably another than was meant. Where there
    /// are very many that are no entries, their number comes first, and only the first of them after it.
    /// </returns>
    public static IReadOnlyList<PasswordFileProblem> Parse(ReadOnlySpan<byte> text, PasswordTable table)
    {
        text = WithoutMark(text);
        var problems = new List<PasswordFileProblem>();
        var notEntries = 0;
        for (var number = 1; !text.IsEmpty; number++)
        {
            var line = ReadLine(ref text, out var end);
            if (!TrySplit(line, out var name, out var password))
            {
                if (!IsBlankOrComment(line) && ++notEntries <= MostNotEntries) problems.Add(new PasswordFileProblem(number, null, NotAnEntry));
            }
            else if (!TryDecodeName(name, out var userName))
            {
                problems.Add(new PasswordFileProblem(number, null, "The name is not UTF-8, so that no client can give it."));
            }
            else if (WhyNotAdded(userName, password, end.EndsWith("\n"u8), table) is { } why)
            {
                // The last entry of a name counts, even when it is of no use: an earlier one was meant to be replaced.
                table.Remove(userName);
                problems.Add(new PasswordFileProblem(number, userName, why));
            }
            else if (IsBlank(name[0]) || IsBlank(name[^1]))
            {
                problems.Add(new PasswordFileProblem(number, userName, BlankAtAnEnd));
            }
        }

        if (notEntries > MostNotEntries) problems.Insert(0, new PasswordFileProblem(0, null, TooManyNotEntries(notEntries)));
        return problems;
    }

    /// <summary>A whole file without the mark of UTF-8 that may come first: it belongs to no name.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> text) => BeginsWithMark(text) ? text[Mark.Length..] : text;

    public static bool BeginsWithMark(ReadOnlySpan<byte> text) => text.StartsWith(Mark);

    /// <summary>Takes the next line off a text.</summary>
    /// <param name="text">The text; begins with the line after it on return.</param>
    /// <param name="end">What the line ended in: LF, CRLF or nothing.</param>
    /// <returns>The line without its end.</returns>
    public static ReadOnlySpan<byte> ReadLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> end)
    {
        var length = text.IndexOf((byte)'\n');
        var line = length < 0 ? text : text[..length];
        var rest = length < 0 ? default : text[(length + 1)..];
        if (line.EndsWith("\r"u8)) line = line[..^1];
        end = text[line.Length..(text.Length - rest.Length)];
        text = rest;
        return line;
    }

    /// <returns>False for lines that are not entries.</returns>
    public static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> password)
    {
        var split = line.IndexOf(Separator);
        var isEntry = split > 0 && line[0] != Comment;
        name = isEntry ? line[..split] : default;
        password = isEntry ? line[(split + 1)..] : default;
        return isEntry;
    }

    public static bool TryDecodeName(ReadOnlySpan<byte> octets, out string name)
    {
        try
        {
            name = ZapText.StrictUtf8.GetString(octets);
            return true;
        }
        catch (DecoderFallbackException)
        {
            name = "";
            return false;
        }
    }

    /// <summary>Whether a password is one that counts for nothing in a line without an end.</summary>
    public static bool MayBeCutOff(ReadOnlySpan<byte> password, bool hasEnd) => !hasEnd && PhcText.MayBecomeHash(password);

    private static bool IsBlankOrComment(ReadOnlySpan<byte> line)
    {
        var text = line.TrimStart(" \t"u8);
        return text.IsEmpty || text[0] == Comment;
    }

    private static bool IsBlank(byte octet) => octet is (byte)' ' or (byte)'\t';

    private static string TooManyNotEntries(int count) => string.Create(
        CultureInfo.InvariantCulture, $"{count} lines are not name=password, and count for nothing. Check that this is a password file.");

    /// <returns>Null when the entry counts.</returns>
    private static string? WhyNotAdded(string name, ReadOnlySpan<byte> password, bool hasEnd, PasswordTable table)
    {
        if (MayBeCutOff(password, hasEnd))
        {
            return "The last line has no end and may be cut off. End it with a line feed, or set the password again.";
        }

        if (PhcText.IsHash(password)) return WhyNotAdded(name, Encoding.Latin1.GetString(password), table);
        table.SetClearText(name, password);
        return null;
    }

    private static string? WhyNotAdded(string name, string phc, PasswordTable table)
    {
        if (PhcText.TryRead(phc, out var problem) is not { } hash) return $"{problem} Set the password again.";
        if (!table.HasRoomFor(hash.Parameters)) return TooManyCosts;
        table.SetHash(name, hash);
        return null;
    }
}
