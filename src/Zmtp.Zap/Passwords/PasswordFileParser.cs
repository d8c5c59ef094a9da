using System.Text;

namespace Zmtp.Zap;

// The text format of CZMQ's password files (zhashx):
//
//   file     = *line
//   line     = entry / ignored
//   entry    = name "=" password eol            ; split at the first "=": passwords may hold "="
//   name     = 1*OCTET                          ; not "=", and "#" is not the first
//   password = *OCTET                           ; no blanks are trimmed
//   ignored  = "#" *OCTET eol / "=" *OCTET eol / *OCTET eol   ; the last one without any "="
//   eol      = LF / CRLF                        ; CZMQ knows LF only, and takes CR for part of the password
//
// Of equal names the last one counts.

/// <summary>Reads password files. Stateless.</summary>
internal static class PasswordFileParser
{
    /// <param name="text">The whole file.</param>
    /// <param name="skipped">Lines (from 1) whose name is not UTF-8: no peer could give it.</param>
    public static PasswordTable Parse(ReadOnlySpan<byte> text, List<int> skipped)
    {
        var table = new PasswordTable();
        for (var number = 1; !text.IsEmpty; number++)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (!ParseLine(line, table)) skipped.Add(number);
        }

        return table;
    }

    private static bool ParseLine(ReadOnlySpan<byte> line, PasswordTable table)
    {
        if (line.EndsWith("\r"u8)) line = line[..^1];
        var split = line.IndexOf((byte)'=');
        if (split <= 0 || line[0] == '#') return true;
        try
        {
            table.Set(ZapText.StrictUtf8.GetString(line[..split]), line[(split + 1)..]);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
