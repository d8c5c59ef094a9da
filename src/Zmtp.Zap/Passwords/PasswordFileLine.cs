using System.Security.Cryptography;
using System.Text;

namespace Zmtp.Zap;

/// <summary>A line of a password file that is being edited, in pinned memory: it may hold a clear-text password.</summary>
internal sealed class PasswordFileLine
{
    private readonly byte[] _text;

    private PasswordFileLine(int length, string? name, string end)
    {
        _text = GC.AllocateArray<byte>(length, pinned: true);
        Name = name;
        End = end;
    }

    /// <summary>The user's name; null for a line that is no entry, or whose name is not UTF-8.</summary>
    public string? Name { get; }

    /// <summary>LF, CRLF, or nothing (or a lone CR) at the end of the file.</summary>
    public string End { get; private set; }

    public ReadOnlySpan<byte> Text => _text;

    /// <summary>Whether it counts for nothing because more may have been meant to come.</summary>
    public bool MayBeCutOff =>
        PasswordFileParser.TrySplit(_text, out _, out var password) && PasswordFileParser.MayBeCutOff(password, End.EndsWith('\n'));

    public static PasswordFileLine OfText(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end)
    {
        var isEntry = PasswordFileParser.TrySplit(text, out var octets, out _);
        var name = isEntry && PasswordFileParser.TryDecodeName(octets, out var decoded) ? decoded : null;
        var line = new PasswordFileLine(text.Length, name, Encoding.ASCII.GetString(end));
        text.CopyTo(line._text);
        return line;
    }

    public static PasswordFileLine OfEntry(string name, ReadOnlySpan<byte> entry, string end)
    {
        var octets = ZapText.StrictUtf8.GetBytes(name);
        var line = new PasswordFileLine(octets.Length + 1 + entry.Length, name, end);
        octets.CopyTo(line._text, 0);
        line._text[octets.Length] = PasswordFileParser.Separator;
        entry.CopyTo(line._text.AsSpan(octets.Length + 1));
        return line;
    }

    /// <summary>Makes sure that another line can follow.</summary>
    public void Finish(string end)
    {
        if (End.EndsWith('\n')) return;

        // Of two CRs at the end of the file the first is the password's, and would be taken for the line's end if LF alone followed.
        End = _text.AsSpan().EndsWith("\r"u8) ? "\r\n" : end;
    }

    public void Erase() => CryptographicOperations.ZeroMemory(_text);
}
