namespace Zmtp.Core.Tests;

/// <summary>Octets as the specs print them: two hex digits each, blanks between them.</summary>
internal static class Hex
{
    public static byte[] Octets(string text) =>
        Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));

    public static string Text(ReadOnlySpan<byte> octets) => Convert.ToHexString(octets);

    public static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] Repeat(byte octet, int count)
    {
        var octets = new byte[count];
        Array.Fill(octets, octet);
        return octets;
    }
}
