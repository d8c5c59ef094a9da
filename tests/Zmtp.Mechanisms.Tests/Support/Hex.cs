namespace Zmtp.Mechanisms.Tests;

internal static class Hex
{
    /// <summary>Octets from hex; white space does not count.</summary>
    public static byte[] Of(string hex) => Convert.FromHexString(string.Concat(hex.Where(c => !char.IsWhiteSpace(c))));

    /// <summary>n times the same octet.</summary>
    public static byte[] Repeat(byte octet, int count) => [.. Enumerable.Repeat(octet, count)];

    /// <summary>count octets, counting up from first.</summary>
    public static byte[] CountUp(byte first, int count) => [.. Enumerable.Range(first, count).Select(i => unchecked((byte)i))];
}
