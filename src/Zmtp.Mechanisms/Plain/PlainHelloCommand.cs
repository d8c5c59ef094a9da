using System.Buffers;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 24, section "Grammar":
//
//   hello    = %d5 "HELLO" username password
//   username = OCTET *VCHAR                      ; the octet is the length of what follows
//   password = OCTET *VCHAR
//
// The grammar wants visible characters; libzmq takes any octets, and so do we.

/// <summary>HELLO of PLAIN, from the client.</summary>
internal static class PlainHelloCommand
{
    private const int LengthSize = 1;

    public static void Write(ReadOnlySpan<byte> username, ReadOnlySpan<byte> password, IBufferWriter<byte> output)
    {
        var name = CommandNames.Hello;
        var length = LengthSize + name.Length + LengthSize + username.Length + LengthSize + password.Length;
        var body = output.GetSpan(length);
        PutWithLength(name, ref body);
        PutWithLength(username, ref body);
        PutWithLength(password, ref body);
        output.Advance(length);
    }

    /// <summary>Reads the data after the name; false when they do not end exactly after the password.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> username, out ReadOnlySpan<byte> password)
    {
        password = default;
        return TryTakeWithLength(data, out username, out var rest) && TryTakeWithLength(rest, out password, out rest) && rest.IsEmpty;
    }

    private static void PutWithLength(ReadOnlySpan<byte> value, ref Span<byte> body)
    {
        body[0] = (byte)value.Length;
        value.CopyTo(body[LengthSize..]);
        body = body[(LengthSize + value.Length)..];
    }

    private static bool TryTakeWithLength(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> value, out ReadOnlySpan<byte> rest)
    {
        value = rest = default;
        if (data.IsEmpty || data.Length < LengthSize + data[0]) return false;
        value = data.Slice(LengthSize, data[0]);
        rest = data[(LengthSize + value.Length)..];
        return true;
    }
}
