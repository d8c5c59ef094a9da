using System.Security.Cryptography;
using System.Runtime.InteropServices;
using System.Text;

namespace Zmtp.Cli.Consoles;

/// <summary>A password on its way from a person to where it belongs: in one pinned place, zeroed on Dispose.</summary>
internal sealed class Secret : IDisposable
{
    /// <summary>The longest password that PLAIN carries, in octets of UTF-8; no text has more characters than octets.</summary>
    public const int MaxLength = 255;

    private const int LastOfOneOctet = 0x7F;
    private const int LastOfTwoOctets = 0x7FF;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly char[] _characters = GC.AllocateArray<char>(MaxLength, pinned: true);
    private int _octets;

    /// <summary>The characters.</summary>
    public ReadOnlySpan<char> Characters => _characters.AsSpan(0, Length);

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>Takes over text in UTF-8.</summary>
    /// <exception cref="CliException">It is longer than a password can be, or not UTF-8.</exception>
    public static Secret FromUtf8(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > MaxLength) throw TooLong();
        var secret = new Secret();
        try
        {
            secret.Length = StrictUtf8.GetChars(octets, secret._characters);
            secret._octets = octets.Length;
            return secret;
        }
        catch (DecoderFallbackException)
        {
            secret.Dispose();

            // The cause would show octets of the password.
            throw CliException.Usage("The password is not UTF-8. Check the encoding of what it comes from.");
        }
    }

    /// <summary>Adds a character, or half of one, at the end.</summary>
    /// <exception cref="CliException">In UTF-8 there is no room for more.</exception>
    public void Append(char character)
    {
        var more = OctetsOf(character);
        if (_octets + more > MaxLength) throw TooLong();
        _characters[Length++] = character;
        _octets += more;
    }

    /// <summary>Removes the last character, if there is one: the whole of it, also where it takes two places here.</summary>
    public void Backspace()
    {
        if (Length == 0) return;
        var isPair = Length > 1 && char.IsSurrogatePair(_characters[Length - 2], _characters[Length - 1]);
        RemoveLast();
        if (isPair) RemoveLast();
    }

    /// <summary>Whether both are the same.</summary>
    public bool Matches(Secret other) => CryptographicOperations.FixedTimeEquals(
        MemoryMarshal.AsBytes(_characters.AsSpan()), MemoryMarshal.AsBytes(other._characters.AsSpan()));

    /// <summary>The octets of UTF-8, to be zeroed by the caller.</summary>
    /// <exception cref="CliException">It holds half of a surrogate pair.</exception>
    public byte[] ToUtf8()
    {
        try
        {
            var octets = GC.AllocateArray<byte>(StrictUtf8.GetByteCount(Characters), pinned: true);
            StrictUtf8.GetBytes(Characters, octets);
            return octets;
        }
        catch (EncoderFallbackException)
        {
            // The cause would show a character of the password.
            throw CliException.Usage("The password holds half of a surrogate pair, which UTF-8 cannot express. Type it again.");
        }
    }

    /// <summary>Never the secret.</summary>
    public override string ToString() => "(secret)";

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_characters.AsSpan()));
        Length = _octets = 0;
    }

    private void RemoveLast()
    {
        _octets -= OctetsOf(_characters[--Length]);
        _characters[Length] = '\0';
    }

    // Of a character that takes two places here each is half of its four octets.
    private static int OctetsOf(char character) => character switch
    {
        <= (char)LastOfOneOctet => 1,
        <= (char)LastOfTwoOctets => 2,
        _ => char.IsSurrogate(character) ? 2 : 3,
    };

    private static CliException TooLong() => CliException.Usage($"The password is too long: PLAIN carries at most {MaxLength} octets.");
}
