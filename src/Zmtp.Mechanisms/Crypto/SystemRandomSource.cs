using System.Security.Cryptography;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>The operating system's randomness.</summary>
internal sealed class SystemRandomSource : IRandomSource
{
    public static readonly SystemRandomSource Instance = new();

    private SystemRandomSource()
    {
    }

#pragma warning disable RS0030 // This is the interface's one implementation that is not of a test.
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
#pragma warning restore RS0030
}
