using System.Buffers;
using System.Globalization;
using System.Text;
using Zmtp.Text;

namespace Zmtp.Zap;

// The PHC string format, as Argon2's own tools write it:
//
//   hash    = "$argon2id$v=19$m=" number ",t=" number ",p=1$" salt "$" tag
//   number  = "0" / %x31-39 *DIGIT             ; no leading zeros, no signs
//   salt    = 22 characters of base64          ; 16 octets: what libsodium takes
//   tag     = 22 to 86 characters of base64    ; 16 to 64 octets
//   base64  = RFC 4648 section 4, without padding, unused bits zero
//
// One text for one hash: nothing else is accepted, no other order, no other parameters.

/// <summary>Reads and writes Argon2id hashes as text. Stateless.</summary>
internal static class PhcText
{
    public const int SaltSize = 16;
    public const int HashSize = 32;

    private const int MinHashSize = 16;
    private const int MaxHashSize = 64;
    private const int MaxLength = 256;
    private const int Parts = 6;
    private const string Algorithm = "argon2id";
    private const string Version = "v=19";

    // What other programs store passwords as. A hash that we cannot compute must not count as a clear-text password: anybody who
    // has seen the file could come in with it.
    private static readonly string[] KnownAlgorithms =
    [
        Algorithm, "argon2i", "argon2d", "scrypt", "bcrypt", "bcrypt-sha256", "pbkdf2", "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha512",
        "1", "2", "2a", "2b", "2x", "2y", "3", "5", "6", "7", "y", "gy", "apr1", "md5", "sha1", "P", "H", "S", "argon2",
    ];

    private static readonly byte[][] Beginnings = [.. KnownAlgorithms.Select(static name => Encoding.ASCII.GetBytes("$" + name))];

    private static readonly SearchValues<char> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    /// <summary>Whether a password of a file is a hash, ours or another: it begins with the name of an algorithm between "$".</summary>
    public static bool IsHash(ReadOnlySpan<byte> password)
    {
        // Octet by octet: it may be a password in clear text, of which no part is to stay behind in a string.
        foreach (var beginning in Beginnings)
        {
            if (password.Length > beginning.Length && password[beginning.Length] == '$' && password.StartsWith(beginning)) return true;
        }

        return false;
    }

    /// <summary>Whether a hash, ours or another, could come of this if more followed: it is empty or ends within a name of those.</summary>
    public static bool MayBecomeHash(ReadOnlySpan<byte> password)
    {
        foreach (var beginning in Beginnings)
        {
            if (beginning.AsSpan().StartsWith(password)) return true;
        }

        return false;
    }

    public static string Write(PasswordHashParameters parameters, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> hash) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"${Algorithm}${Version}$m={parameters.MemoryKiB},t={parameters.Passes},p=1${EncodeBase64(salt)}${EncodeBase64(hash)}");

    /// <returns>The hash, or null and a sentence that says why not.</returns>
    public static PasswordHash? TryRead(ReadOnlySpan<char> text, out string problem)
    {
        problem = "";
        var parts = text.Length <= MaxLength ? text.ToString().Split('$') : [];
        if (parts.Length < 2 || parts[1] != Algorithm) return No(out problem, "The hash is not of Argon2id, the only one that is read.");
        if (parts.Length != Parts || parts[0].Length != 0 || parts[2] != Version)
        {
            return No(out problem, "The Argon2id hash is not of the form $argon2id$v=19$m=…,t=…,p=1$salt$hash.");
        }

        if (!TryReadParameters(parts[3], out var memoryKiB, out var passes))
        {
            return No(out problem, "The parameters of the Argon2id hash are not of the form m=…,t=…,p=1; other lanes than one are not read.");
        }

        if (!PasswordHashParameters.AreInRange(memoryKiB, passes))
        {
            return No(
                out problem,
                $"The Argon2id hash costs {memoryKiB} KiB times {passes}; {PasswordHashParameters.MinMemoryKiB} to " +
                $"{PasswordHashParameters.MaxMemoryKiB} KiB and a product of at most {PasswordHashParameters.MaxWorkKiB} are accepted.");
        }

        if (DecodeBase64(parts[4]) is not { Length: SaltSize } salt)
        {
            return No(out problem, $"The salt of the Argon2id hash is not {SaltSize} octets in base64 without padding.");
        }

        if (DecodeBase64(parts[5]) is not { Length: >= MinHashSize and <= MaxHashSize } hash)
        {
            return No(out problem, $"The Argon2id hash is not {MinHashSize} to {MaxHashSize} octets in base64 without padding.");
        }

        return new PasswordHash(new PasswordHashParameters((int)memoryKiB, (int)passes), salt, hash);

        static PasswordHash? No(out string problem, string why)
        {
            problem = why;
            return null;
        }
    }

    private static bool TryReadParameters(string text, out long memoryKiB, out long passes)
    {
        memoryKiB = passes = 0;
        return text.Split(',') is [var m, var t, "p=1"] && TryReadNumber(m, "m=", out memoryKiB) && TryReadNumber(t, "t=", out passes);
    }

    private static bool TryReadNumber(string text, string name, out long number)
    {
        number = 0;
        if (!text.StartsWith(name, StringComparison.Ordinal)) return false;
        var digits = text.AsSpan(name.Length);
        if (digits.Length > 1 && digits[0] == '0') return false;
        return digits.Length <= 10 && AsciiNumber.TryRead(digits, out number);
    }

    private static string EncodeBase64(ReadOnlySpan<byte> octets) => Convert.ToBase64String(octets).TrimEnd('=');

    private static byte[]? DecodeBase64(string text)
    {
        if (text.AsSpan().ContainsAnyExcept(Base64Characters) || text.Length % 4 == 1) return null;
        var octets = Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
        return EncodeBase64(octets) == text ? octets : null;
    }
}
