using System.Security.Cryptography;
using System.Text;

namespace Zmtp.Zap;

/// <summary>The UTF-8 form of a password, in pinned memory that is zeroed on Dispose.</summary>
internal sealed class PasswordText : IDisposable
{
    private readonly byte[] _octets;

    private PasswordText(int length) => _octets = GC.AllocateArray<byte>(length, pinned: true);

    public ReadOnlySpan<byte> Span => _octets;

    /// <exception cref="ArgumentException">The text holds half of a surrogate pair.</exception>
    public static PasswordText Encode(ReadOnlySpan<char> password)
    {
        PasswordText? text = null;
        try
        {
            text = new PasswordText(ZapText.StrictUtf8.GetByteCount(password));
            ZapText.StrictUtf8.GetBytes(password, text._octets);
            return text;
        }
        catch (EncoderFallbackException)
        {
            text?.Dispose();

            // The cause would show a character of the password.
            throw new ArgumentException("The password holds half of a surrogate pair, which UTF-8 cannot express.", nameof(password));
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_octets);
}
