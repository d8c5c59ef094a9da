namespace Zmtp.Mechanisms;

// RFC 26 says at one place that names are 8 characters padded with spaces. That is a leftover: the grammar's length and name is
// what everybody sends.

/// <summary>The name in front of each command: a length octet and the name.</summary>
internal static class CurveCommandName
{
    public static void Write(ReadOnlySpan<byte> name, Span<byte> body)
    {
        body[0] = (byte)name.Length;
        name.CopyTo(body[1..]);
    }
}
