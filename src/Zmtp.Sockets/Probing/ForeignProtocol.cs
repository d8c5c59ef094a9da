using System.Text;

namespace Zmtp.Sockets.Probing;

/// <summary>Guesses from its first octets what speaks where a ZMTP peer was expected.</summary>
internal static class ForeignProtocol
{
    private const int TlsHandshake = 0x16;
    private const int TlsAlert = 0x15;
    private const int TlsMajorVersion = 3;

    /// <summary>The protocol and what to check, two sentences.</summary>
    public static string Explain(ReadOnlySpan<byte> first)
    {
        var said = FirstLine(first);
        if (first.StartsWith("HTTP/"u8)) return $"A web server answers there: \"{said}\". Check the port: this one speaks HTTP.";
        if (first is [TlsHandshake or TlsAlert, TlsMajorVersion, ..])
        {
            return "A TLS server answers there. Check the port, and that no TLS proxy is in between: ZMTP has its own security.";
        }

        if (first.StartsWith("SSH-"u8)) return $"An SSH server answers there: \"{said}\". Check the port.";
        if (first.StartsWith("220"u8)) return $"A mail or FTP server answers there: \"{said}\". Check the port.";
        if (first.StartsWith("-ERR"u8) || first.StartsWith("-NOAUTH"u8)) return $"A Redis or POP3 server answers there: \"{said}\". Check the port.";
        if (first.StartsWith("AMQP"u8)) return "An AMQP broker answers there. Check the port.";
        return said.Length > 0
            ? $"What answers there does not speak ZMTP; it begins with \"{said}\". Check the port, and that a ZeroMQ socket is at the other end."
            : $"What answers there does not speak ZMTP; its first octets are {Convert.ToHexString(first[..Math.Min(first.Length, 16)])}. " +
              "Check the port, and that a ZeroMQ socket is at the other end.";
    }

    /// <summary>The first line when it is printable ASCII, else nothing: a stranger's octets have no business in a terminal.</summary>
    private static string FirstLine(ReadOnlySpan<byte> first)
    {
        var end = first.IndexOfAny((byte)'\r', (byte)'\n');
        var line = end < 0 ? first : first[..end];
        return line.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? "" : Encoding.ASCII.GetString(line).Trim();
    }
}
