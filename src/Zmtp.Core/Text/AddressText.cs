namespace Zmtp.Text;

/// <summary>Addresses as somebody wrote them. Stricter than the system's parser, which takes 127.1, 0x7f.1 and octal digits.</summary>
internal static class AddressText
{
    private const int IPv4Parts = 4;
    private const int LongestPart = 3;

    /// <summary>Whether it is an address of IPv4: four numbers from 0 to 255 in decimal, without leading zeros.</summary>
    public static bool IsIPv4(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (part.Length > LongestPart || part is ['0', _, ..]) return false;
            if (!AsciiNumber.TryRead<int>(part, out var number) || number > byte.MaxValue) return false;
            parts++;
        }

        return parts == IPv4Parts;
    }

    /// <summary>Whether the address of IPv4 that one of IPv6 ends in is written as <see cref="IsIPv4"/> wants it, or there is none.</summary>
    /// <param name="address">An address that the system takes for one of IPv6, without a zone.</param>
    public static bool HasPlainEnd(ReadOnlySpan<char> address) =>
        !address.Contains('.') || IsIPv4(address[(address.LastIndexOf(':') + 1)..]);
}
