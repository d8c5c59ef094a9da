using System.Buffers;
using System.Text;

namespace Zmtp.Wire;

// RFC 23 and RFC 37, section "The NULL Security Mechanism"; the same for PLAIN and CURVE.
//
//   error        = command-size %d5 "ERROR" error-reason
//   error-reason = OCTET *255VCHAR        ; the octet is the length of what follows; it ends the body

/// <summary>The body of ERROR: the end of a handshake, with a reason.</summary>
public static class ErrorCommand
{
    /// <summary>The longest reason.</summary>
    public const int MaxReasonLength = byte.MaxValue;

    private const int ReasonLengthSize = 1;
    private const char FirstVisible = '!';
    private const char LastVisible = '~';
    private const char Replacement = '?';

    /// <summary>Octets of a body.</summary>
    /// <param name="reasonLength">Characters of the reason, 0 to 255.</param>
    public static int GetLength(int reasonLength) => CommandCodec.GetLength(CommandNames.Error.Length, ReasonLengthSize + reasonLength);

    /// <summary>Writes a body.</summary>
    /// <param name="reason">0 to 255 visible ASCII characters, no spaces: usually an RFC 27 status code. Goes out in clear text.</param>
    /// <param name="output">Where it goes.</param>
    /// <exception cref="ArgumentException">The reason is too long or has a character that is not visible ASCII.</exception>
    public static void Write(string reason, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (reason.Length > MaxReasonLength || reason.AsSpan().ContainsAnyExceptInRange(FirstVisible, LastVisible))
        {
            throw new ArgumentException(
                $"The reason of an ERROR command is at most {MaxReasonLength} visible ASCII characters without spaces.", nameof(reason));
        }

        var length = GetLength(reason.Length);
        var data = CommandCodec.WriteName(CommandNames.Error, output.GetSpan(length));
        data[0] = (byte)reason.Length;
        Encoding.ASCII.GetBytes(reason, data[ReasonLengthSize..]);
        output.Advance(length);
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of a command frame.</param>
    /// <returns>
    /// The reason, 0 to 255 characters that are safe to print: what is not printable ASCII became "?". Nobody vouches for it.
    /// </returns>
    /// <exception cref="ZmtpProtocolException"><see cref="ProtocolError.MalformedError"/>: the body is not an ERROR command.</exception>
    public static string Read(ReadOnlySpan<byte> body)
    {
        if (!CommandCodec.TryReadData(body, CommandNames.Error, out var data) || data.IsEmpty ||
            data.Length != ReasonLengthSize + data[0])
        {
            throw new ZmtpProtocolException(
                ProtocolError.MalformedError,
                "The peer refused the connection with an ERROR command, but the command is malformed, so its reason is unknown. " +
                "Check the peer's log.");
        }

        return string.Create(data[0], data[ReasonLengthSize..], static (text, reason) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = ToPrintable((char)reason[i]);
        });
    }

    // A space is outside the grammar, but does no harm and makes other people's reasons readable.
    private static char ToPrintable(char character) =>
        character is ' ' or (>= FirstVisible and <= LastVisible) ? character : Replacement;
}
