using Zmtp.Text;

namespace Zmtp.Mechanisms;

/// <summary>What public and secret keys have in common: 32 octets, 40 characters, never all zero. Messages never quote the text.</summary>
internal static class KeyText
{
    public static void ThrowIfNotAKey(ReadOnlySpan<byte> octets, string kind, string parameter)
    {
        if (octets.Length != CurvePublicKey.Size)
        {
            throw new ArgumentException($"A {kind} key has {CurvePublicKey.Size} octets; here are {octets.Length}.", parameter);
        }

        if (IsZero(octets)) throw new ArgumentException($"A {kind} key cannot be all zeros. Check that the key was filled in.", parameter);
    }

    public static void Parse(ReadOnlySpan<char> z85, string kind, Span<byte> octets)
    {
        if (z85.Length != CurvePublicKey.Z85Length)
        {
            throw new FormatException($"A {kind} key has {CurvePublicKey.Z85Length} characters of Z85; here are {z85.Length}.");
        }

        if (!Z85.TryDecode(z85, octets, out var written) || written != octets.Length)
        {
            throw new FormatException($"This {kind} key is not Z85 (RFC 32). Check that it was copied whole and unchanged.");
        }

        if (IsZero(octets)) throw new FormatException($"A {kind} key cannot be all zeros. Check that the key was filled in.");
    }

    public static bool TryParse(ReadOnlySpan<char> z85, Span<byte> octets) =>
        z85.Length == CurvePublicKey.Z85Length &&
        Z85.TryDecode(z85, octets, out var written) && written == octets.Length && !IsZero(octets);

    private static bool IsZero(ReadOnlySpan<byte> octets) => !octets.ContainsAnyExcept((byte)0);
}
