using System.Security.Cryptography;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>The operating system's randomness.</summary>
internal sealed class SystemRandomSource : IRandomSource
{
    public static readonly SystemRandomSource Instance = new();

    private SystemRandomSource()
    {
    }

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
